// SPDX-License-Identifier: GPL-2.0-or-later
// The ring's room is shared out: whatever a call is full of, its page and its end can still be told.
#include "src/faxrx/ring_sink.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

using faxrx::RecordType;
using faxrx::RingSink;

namespace {

std::map<RecordType, unsigned> all_in(base::RingMemory& memory) {
  std::map<RecordType, unsigned> counts;
  base::RingReader reader(memory);
  while (const auto record = reader.get())
    ++counts[static_cast<RecordType>(record->type)];
  return counts;
}

void fill_with_audio(RingSink& sink) {
  for (int n = 0; n < 2000; ++n)
    sink.audio({});
}

std::size_t fill_with_page(RingSink& sink) {
  const std::vector<std::uint8_t> octets(1800);
  std::size_t taken = 0;
  for (int n = 0; n < 1000; ++n)
    taken += sink.page_bytes(octets);
  return taken;
}

}  // namespace

TEST_CASE("audio leaves pages their room, pages leave news theirs, and all of them leave the ends theirs") {
  base::RingMemory memory;
  RingSink sink(memory);
  REQUIRE(sink.call_begins({}));
  fill_with_audio(sink);
  CHECK_FALSE(sink.room_for_audio());
  CHECK(fill_with_page(sink) > 20'000);
  CHECK_FALSE(sink.page_hole());
  const std::vector<std::uint8_t> frame(400, 0x55);
  for (int n = 0; n < 500; ++n) {
    sink.frame(false, frame);
    sink.trace({t30::TraceKind::bad_frame, 0, 0, 0});
    sink.news(faxrx::NewsKind::line_good);
  }
  CHECK(sink.room_for_an_end());
  CHECK(sink.end_page({1, 0, 0, 0}));
  CHECK(sink.call_ends({}));
  CHECK(sink.pages_ended() == 1);
  sink.report_drops();
  const auto counts = all_in(memory);
  CHECK(counts.at(RecordType::audio) > 200);
  CHECK(counts.at(RecordType::frame) > 20);
  CHECK(counts.at(RecordType::page_end) == 1);
  CHECK(counts.at(RecordType::call_end) == 1);
  sink.report_drops();
  CHECK(all_in(memory).at(RecordType::news) == counts.at(RecordType::news) + 1);  // what did not fit
}

TEST_CASE("a page's end that does not fit is not counted, and its verdict is not waited for") {
  base::RingMemory memory;
  RingSink sink(memory);
  while (sink.end_page({1, 0, 0, 0})) {
  }
  const std::uint64_t ended = sink.pages_ended();
  CHECK_FALSE(sink.end_page({1, 0, 0, 0}));
  CHECK(sink.pages_ended() == ended);
  CHECK(all_in(memory).at(RecordType::page_end) == ended);
}

TEST_CASE("the longest frames that are in use are told whole, longer ones are cut") {
  base::RingMemory memory;
  RingSink sink(memory);
  const std::vector<std::uint8_t> ppr(33, 0xBC);
  const std::vector<std::uint8_t> endless(5000, 0x20);
  sink.frame(true, ppr);
  sink.frame(false, endless);
  base::RingReader reader(memory);
  const auto first = faxrx::from_bytes<faxrx::Frame>(reader.get()->payload);
  CHECK(first->length == 33);
  CHECK(first->said_by_us == 1);
  const auto second = faxrx::from_bytes<faxrx::Frame>(reader.get()->payload);
  CHECK(second->length == 96);
}
