// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/ring.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "src/base/errors.hpp"

namespace base {
namespace {

struct RecordHeader {
  std::uint16_t type;
  std::uint16_t magic;
  std::uint32_t bytes;  // of payload
};
constexpr std::uint16_t record_magic = 0xFA11;
constexpr std::size_t mapped_bytes = sizeof(RingHeader) + ring_bytes;

constexpr std::size_t padded(std::size_t payload) noexcept {
  return sizeof(RecordHeader) + (payload + 7) / 8 * 8;
}

void copy_in(std::uint8_t* ring, std::uint64_t at, const void* from, std::size_t bytes) noexcept {
  if (bytes == 0) return;  // an empty payload has no address
  const std::size_t offset = at % ring_bytes;
  const std::size_t first = std::min(bytes, ring_bytes - offset);
  std::memcpy(ring + offset, from, first);
  std::memcpy(ring, static_cast<const std::uint8_t*>(from) + first, bytes - first);
}

}  // namespace

RingMemory::RingMemory() : fd_(::memfd_create("faxrx-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {
  if (!fd_ || ::ftruncate(fd_.get(), mapped_bytes) != 0 ||
      ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
    throw system_failure("cannot make a line's ring");
  map_ = ::mmap(nullptr, mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_.get(), 0);
  if (map_ == MAP_FAILED) throw system_failure("cannot map a line's ring");
  new (map_) RingHeader{};
}

RingMemory::~RingMemory() {
  ::munmap(map_, mapped_bytes);
}

std::uint8_t* RingMemory::data() const noexcept {
  return static_cast<std::uint8_t*>(map_) + sizeof(RingHeader);
}

std::size_t RingWriter::free_bytes() const noexcept {
  const RingHeader& header = memory_->header();
  const std::uint64_t used =
      header.written.load(std::memory_order_relaxed) - header.read.load(std::memory_order_acquire);
  return used >= ring_bytes ? 0 : ring_bytes - used;
}

std::size_t RingWriter::room() const noexcept {
  const std::size_t free = free_bytes();
  return free < sizeof(RecordHeader) + 8 ? 0
                                         : std::min(largest_record, (free - sizeof(RecordHeader)) / 8 * 8);
}

bool RingWriter::put(std::uint16_t type, std::span<const std::uint8_t> payload) noexcept {
  if (payload.size() > largest_record || padded(payload.size()) > free_bytes()) return false;
  RingHeader& header = memory_->header();
  const std::uint64_t at = header.written.load(std::memory_order_relaxed);
  const RecordHeader record{type, record_magic, static_cast<std::uint32_t>(payload.size())};
  copy_in(memory_->data(), at, &record, sizeof record);
  copy_in(memory_->data(), at + sizeof record, payload.data(), payload.size());
  // Sequentially consistent together with reader_sleeps: either the reader sees these bytes before it sleeps,
  // or we see that it sleeps.
  header.written.store(at + padded(payload.size()), std::memory_order_seq_cst);
  return true;
}

bool RingWriter::reader_wants_waking() noexcept {
  RingHeader& header = memory_->header();
  // A reader that has everything may sleep on.
  if (header.read.load(std::memory_order_acquire) == header.written.load(std::memory_order_relaxed))
    return false;
  return header.reader_sleeps.load(std::memory_order_seq_cst) != 0 &&
         header.reader_sleeps.exchange(0, std::memory_order_seq_cst) != 0;
}

void RingReader::copy(std::uint64_t from, void* to, std::size_t bytes) const noexcept {
  const std::size_t offset = from % ring_bytes;
  const std::size_t first = std::min(bytes, ring_bytes - offset);
  std::memcpy(to, memory_->data() + offset, first);
  std::memcpy(static_cast<std::uint8_t*>(to) + first, memory_->data(), bytes - first);
}

std::optional<RingReader::Record> RingReader::get() {
  const std::uint64_t written = memory_->header().written.load(std::memory_order_seq_cst);
  const std::uint64_t there = written - position_;
  if (there == 0) return std::nullopt;
  if (there > ring_bytes || there < sizeof(RecordHeader))
    throw Failure("the ring's writer says there are {} bytes in it, which cannot be", there);
  RecordHeader header;
  copy(position_, &header, sizeof header);
  if (header.magic != record_magic || header.bytes > largest_record || padded(header.bytes) > there)
    throw Failure("the ring holds a record of type {} with {} bytes, which cannot be", header.type,
                  header.bytes);
  copy(position_ + sizeof header, record_.data(), header.bytes);
  position_ += padded(header.bytes);
  memory_->header().read.store(position_, std::memory_order_release);
  return Record{header.type, {record_.data(), header.bytes}};
}

void RingReader::about_to_sleep() noexcept {
  memory_->header().reader_sleeps.store(1, std::memory_order_seq_cst);
}

void RingReader::awake() noexcept {
  memory_->header().reader_sleeps.store(0, std::memory_order_seq_cst);
}

}  // namespace base
