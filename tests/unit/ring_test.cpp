// SPDX-License-Identifier: GPL-2.0-or-later
// The ring between two processes: nothing lost, nothing mixed up, nobody slept through a wake-up, and no lie
// of the writer believed.
#include "src/base/ring.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "src/base/errors.hpp"
#include "tests/unit/scratch_folder.hpp"

using base::RingMemory;
using base::RingReader;
using base::RingWriter;
using Bytes = std::vector<std::uint8_t>;

namespace {

Bytes some_bytes(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes)
    byte = static_cast<std::uint8_t>(random());
  return bytes;
}

bool is(const std::optional<RingReader::Record>& record, std::uint16_t type,
        std::span<const std::uint8_t> payload) {
  return record && record->type == type && std::ranges::equal(record->payload, payload);
}

}  // namespace

TEST_CASE("records come out as they went in, in order, until there are none") {
  RingMemory memory;
  RingWriter writer(memory);
  RingReader reader(memory);
  CHECK_FALSE(reader.get());
  const Bytes bytes = some_bytes(base::largest_record, 1);
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 1000U, static_cast<unsigned>(base::largest_record)})
    REQUIRE(writer.put(static_cast<std::uint16_t>(size % 100), std::span(bytes).first(size)));
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 1000U, static_cast<unsigned>(base::largest_record)})
    CHECK(is(reader.get(), static_cast<std::uint16_t>(size % 100), std::span(bytes).first(size)));
  CHECK_FALSE(reader.get());
}

TEST_CASE("a payload that is larger than any record may be is refused") {
  RingMemory memory;
  RingWriter writer(memory);
  CHECK(writer.room() == base::largest_record);
  CHECK_FALSE(writer.put(1, Bytes(base::largest_record + 1)));
  CHECK(writer.put(1, Bytes(base::largest_record)));
}

TEST_CASE("a full ring refuses, keeps what it has, and takes again once the reader has read") {
  RingMemory memory;
  RingWriter writer(memory);
  RingReader reader(memory);
  const Bytes bytes = some_bytes(10000, 2);
  unsigned stored = 0;
  while (writer.put(static_cast<std::uint16_t>(stored), bytes))
    ++stored;
  CHECK(stored == base::ring_bytes / 10008);
  CHECK(writer.room() == base::ring_bytes - stored * 10008 - 8);
  CHECK_FALSE(writer.put(99, bytes));
  CHECK(writer.put(98, Bytes(writer.room())));  // a record of what room there is fits
  CHECK(writer.room() == 0);
  CHECK_FALSE(writer.put(97, {}));
  CHECK(is(reader.get(), 0, bytes));
  CHECK(writer.room() == 10000);
  CHECK(writer.put(96, bytes));
  for (unsigned n = 1; n < stored; ++n)
    CHECK(is(reader.get(), static_cast<std::uint16_t>(n), bytes));
  CHECK(reader.get()->type == 98);
  CHECK(is(reader.get(), 96, bytes));
  CHECK_FALSE(reader.get());
  CHECK(writer.room() == base::largest_record);
}

TEST_CASE("records wrap around the ring's end at every place") {
  RingMemory memory;
  RingWriter writer(memory);
  RingReader reader(memory);
  const Bytes bytes = some_bytes(4000, 3);
  std::mt19937 random(3);
  for (unsigned n = 0; n < 20000; ++n) {
    const auto payload = std::span(bytes).first(random() % bytes.size());
    REQUIRE(writer.put(static_cast<std::uint16_t>(n), payload));
    REQUIRE(is(reader.get(), static_cast<std::uint16_t>(n), payload));
  }
}

TEST_CASE("what room() promises, put() takes, at every filling") {
  RingMemory memory;
  RingWriter writer(memory);
  RingReader reader(memory);
  std::mt19937 random(4);
  for (unsigned n = 0; n < 20000; ++n) {
    const std::size_t room = writer.room();
    if (room < base::largest_record) REQUIRE_FALSE(writer.put(1, Bytes(room + 1)));
    if (room == 0) {
      REQUIRE(reader.get());
      continue;
    }
    REQUIRE(writer.put(1, Bytes(random() % 4 == 0 ? room : random() % (room + 1))));
    if (random() % 2 == 0) reader.get();
  }
}

TEST_CASE("two processes pass more than 100 MB without a wrong byte") {
  RingMemory memory;
  const Bytes source = some_bytes(256 * 1024, 5);
  constexpr std::uint64_t wanted = 110'000'000;
  // Both sides draw the same sizes and places.
  const auto next = [&source](std::mt19937& random) {
    const std::size_t size = random() % 8 == 0 ? random() % (base::largest_record + 1) : random() % 2000;
    return std::span(source).subspan(random() % (source.size() - base::largest_record), size);
  };
  const pid_t child = base::fork_child([&] {
    RingWriter writer(memory);
    std::mt19937 random(6);
    std::uint16_t type = 0;
    for (std::uint64_t sent = 0; sent < wanted; ++type) {
      const auto payload = next(random);
      while (!writer.put(type, payload))
        ::sched_yield();
      sent += payload.size();
    }
    return 0;
  });
  RingReader reader(memory);
  std::mt19937 random(6);
  std::uint64_t got = 0;
  bool all_right = true;
  for (std::uint16_t type = 0; got < wanted && all_right; ++type) {
    std::optional<RingReader::Record> record = reader.get();
    for (; !record; record = reader.get())
      ::sched_yield();
    const auto payload = next(random);
    all_right = is(record, type, payload);
    got += payload.size();
  }
  CHECK(all_right);
  if (!all_right) ::kill(child, SIGKILL);
  CHECK(unit::wait_for(child) == 0);
  CHECK_FALSE(reader.get());
}

TEST_CASE("a reader that sleeps is woken once, and only for something it has not read") {
  RingMemory memory;
  RingWriter writer(memory);
  RingReader reader(memory);
  CHECK(writer.put(1, {}));
  CHECK_FALSE(writer.reader_wants_waking());  // it does not sleep
  reader.about_to_sleep();
  CHECK(writer.reader_wants_waking());
  CHECK_FALSE(writer.reader_wants_waking());  // it was told
  reader.awake();
  CHECK(reader.get());
  reader.about_to_sleep();
  CHECK_FALSE(writer.reader_wants_waking());  // there is nothing for it
  CHECK(writer.put(2, {}));
  CHECK(writer.reader_wants_waking());
  reader.awake();
  CHECK(writer.put(3, {}));
  CHECK_FALSE(writer.reader_wants_waking());
}

TEST_CASE("no wake-up is lost, whatever the two processes' timing") {
  RingMemory memory;
  const base::UniqueFd bell(::eventfd(0, EFD_CLOEXEC));
  constexpr unsigned records = 60'000;
  const pid_t child = base::fork_child([&] {
    RingWriter writer(memory);
    std::mt19937 random(8);
    for (unsigned n = 0; n < records; ++n) {
      // A reader that has everything sleeps, however busy this machine is.
      while (n % 2000 == 1999 && memory.header().reader_sleeps.load() == 0)
        ::sched_yield();
      while (!writer.put(static_cast<std::uint16_t>(n), {}))
        ::sched_yield();
      // Now and then some pause, of all lengths around what the reader needs to fall asleep.
      for (volatile unsigned pause = random() % 4 == 0 ? random() % 3000 : 0; pause > 0;)
        pause = pause - 1;
      const std::uint64_t one = 1;
      if (writer.reader_wants_waking() && ::write(bell.get(), &one, sizeof one) != sizeof one) return 1;
    }
    return 0;
  });
  RingReader reader(memory);
  unsigned got = 0;
  unsigned sleeps = 0;
  bool slept_over = false;
  while (got < records && !slept_over) {
    while (reader.get())
      ++got;
    reader.about_to_sleep();
    while (reader.get())
      ++got;
    if (got == records) break;
    pollfd fd{bell.get(), POLLIN, 0};
    ++sleeps;
    slept_over = ::poll(&fd, 1, 5000) == 0;  // nobody rang in 5 s though records were to come
    reader.awake();
    std::uint64_t rings = 0;
    if (!slept_over && ::read(bell.get(), &rings, sizeof rings) != sizeof rings) slept_over = true;
  }
  CHECK_FALSE(slept_over);
  CHECK(got == records);
  CHECK(sleeps > 10);
  if (slept_over) ::kill(child, SIGKILL);
  CHECK(unit::wait_for(child) == 0);
}

namespace {

// A writer that writes what it likes: sometimes nearly right, sometimes anything.
void lie(RingMemory& memory, std::mt19937_64& random) {
  base::RingHeader& header = memory.header();
  const std::uint64_t read = header.read;
  const std::array<std::uint64_t, 8> ends = {random(),
                                             read - 1,
                                             read + 1 + random() % 64,
                                             read + random() % base::ring_bytes,
                                             read + base::ring_bytes,
                                             read + base::ring_bytes + 1,
                                             read - random() % 4096,
                                             ~0ULL};
  header.written = ends[random() % ends.size()];
  struct {
    std::uint16_t type, magic;
    std::uint32_t bytes;
  } record{};
  const std::array<std::uint32_t, 8> sizes = {
      0, 1, 4000, base::largest_record, base::largest_record + 1, 0x7FFFFFFFU, 0xFFFFFFF8U, 0xFFFFFFFFU};
  record.type = static_cast<std::uint16_t>(random());
  record.magic = random() % 4 != 0 ? 0xFA11 : static_cast<std::uint16_t>(random());
  record.bytes = random() % 4 != 0 ? sizes[random() % sizes.size()] : static_cast<std::uint32_t>(random());
  for (std::size_t i = 0; i < sizeof record; ++i)
    memory.data()[(read + i) % base::ring_bytes] = reinterpret_cast<const std::uint8_t*>(&record)[i];
}

}  // namespace

TEST_CASE("a writer that lies is found out or gives a bounded record, never more") {
  RingMemory memory;
  std::mt19937_64 random(9);
  for (std::size_t i = 0; i < base::ring_bytes; ++i)
    memory.data()[i] = static_cast<std::uint8_t>(random());
  unsigned found_out = 0;
  unsigned taken = 0;
  RingReader reader(memory);
  for (unsigned trial = 0; trial < 300'000; ++trial) {
    lie(memory, random);
    const std::uint64_t before = memory.header().read;
    try {
      const auto record = reader.get();
      if (!record) continue;
      ++taken;
      REQUIRE(record->payload.size() <= base::largest_record);
      REQUIRE(memory.header().read - before <= base::largest_record + 8);
    } catch (const base::Failure&) {
      ++found_out;
      REQUIRE(memory.header().read == before);
    }
  }
  CHECK(found_out > 100'000);
  CHECK(taken > 10'000);
}

TEST_CASE("what the reader says of a lie names it") {
  RingMemory memory;
  RingReader reader(memory);
  memory.header().written = base::ring_bytes + 8;
  CHECK_THROWS_WITH_AS(reader.get(), "the ring's writer says there are 262152 bytes in it, which cannot be",
                       base::Failure);
  memory.header().written = 4;
  CHECK_THROWS_WITH_AS(reader.get(), "the ring's writer says there are 4 bytes in it, which cannot be",
                       base::Failure);
  memory.header().written = 64;
  CHECK_THROWS_WITH_AS(reader.get(), "the ring holds a record of type 0 with 0 bytes, which cannot be",
                       base::Failure);
}

TEST_CASE("the ring cannot be grown or shrunk under the other process") {
  RingMemory memory;
  // The fd is the memory's own: look for it among ours.
  unsigned found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone).string().find("faxrx-ring") == std::string::npos)
      continue;
    ++found;
    CHECK(::ftruncate(std::stoi(entry.path().filename()), 4096) != 0);
    CHECK(errno == EPERM);
  }
  CHECK(found == 1);
}
