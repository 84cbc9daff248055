// SPDX-License-Identifier: GPL-2.0-or-later
// The ring between a line process and its page process: a sealed memfd of one writer and one reader, typed
// records, and nothing that either could wait on. The writer never blocks: a record that does not fit is
// refused, and counted. The reader does not trust the writer, who listens to strangers: it copies indices and
// headers first, checks them, and only then touches anything; a writer that lies is found out and reported,
// never followed.
//
// A line's block counter lives here too, so that the supervisor can see that the loop moves.
//
// Layout: RingHeader, then `ring_bytes` of data. A record is a RecordHeader, its payload, and padding to 8
// bytes; it may wrap. Indices count bytes since the beginning and never wrap in practice (64 bits).
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "src/base/status_board.hpp"
#include "src/base/unique_fd.hpp"

namespace base {

inline constexpr std::size_t ring_bytes = 256 * 1024;
inline constexpr std::size_t largest_record = 32 * 1024;  // payload bytes

struct RingHeader {
  alignas(64) std::atomic<std::uint64_t> written;  // by the writer, after the bytes
  alignas(64) std::atomic<std::uint64_t> read;     // by the reader, after it has copied
  alignas(64) std::atomic<std::uint64_t> loops;    // by the writer: turns of its loop
  std::atomic<std::uint32_t> reader_sleeps;        // by the reader: wake me
  StatusBoard status;                              // by the writer: what its line is doing
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

// The memory itself. Made by the supervisor, inherited by fork: both processes see the same pages.
class RingMemory {
 public:
  RingMemory();  // throws std::system_error
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;
  [[nodiscard]] RingHeader& header() const noexcept { return *static_cast<RingHeader*>(map_); }
  [[nodiscard]] std::uint8_t* data() const noexcept;

 private:
  UniqueFd fd_;
  void* map_ = nullptr;
};

class RingWriter {
 public:
  explicit RingWriter(RingMemory& memory) noexcept : memory_(&memory) {}

  // RT safe. False: no room (or a payload beyond largest_record); nothing was written.
  bool put(std::uint16_t type, std::span<const std::uint8_t> payload) noexcept;
  // Bytes of payload that put() would take now.
  [[nodiscard]] std::size_t room() const noexcept;
  // Bytes that the reader has not taken yet, records' headers among them.
  [[nodiscard]] std::size_t unread() const noexcept { return ring_bytes - free_bytes(); }
  // True once after each time the reader went to sleep with something written since: wake it then.
  [[nodiscard]] bool reader_wants_waking() noexcept;

 private:
  [[nodiscard]] std::size_t free_bytes() const noexcept;

  RingMemory* memory_;
};

class RingReader {
 public:
  explicit RingReader(RingMemory& memory) : memory_(&memory), record_(largest_record) {}

  struct Record {
    std::uint16_t type;
    std::span<const std::uint8_t> payload;  // a copy of ours, good until the next get()
  };
  // The next record; nullopt when there is none. Throws Failure when the writer's numbers cannot be true.
  std::optional<Record> get();
  // To be called before sleeping; then get() once more, since a record may have come in between.
  void about_to_sleep() noexcept;
  void awake() noexcept;

 private:
  void copy(std::uint64_t from, void* to, std::size_t bytes) const noexcept;

  RingMemory* memory_;
  std::vector<std::uint8_t> record_;
  std::uint64_t position_ = 0;  // our own: the shared index is for the writer's eyes only
};

}  // namespace base
