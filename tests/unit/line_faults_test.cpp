// SPDX-License-Identifier: GPL-2.0-or-later
// A fax that failed because its line lost samples says so in its record, and does not blame the sender.
#include <doctest/doctest.h>

#include "tests/unit/keeper_parts.hpp"

using faxrx::CallOutcome;
using unit::KeeperPlace;
using unit::KeeperStory;

namespace {

handoff::FaxRecord call_with(const hw::LineFaults& faults, CallOutcome outcome) {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  story.page(unit::letter(1));
  story.call_ends(outcome, faults);
  return place.record();
}

}  // namespace

TEST_CASE("what a failed call's line lost is counted in its record, and its sentence says where to look") {
  struct Case {
    hw::LineFaults faults;  // overruns, underruns, slips, interrupts
    std::string says;
  };
  const std::string clock = "look at the span's clock source (dahdi-faxrx --list-channels)";
  const std::string busy = "this machine was too busy to serve it in time";
  const std::string interrupts = "look at what shares its interrupt line";
  const std::string failed = call_with({}, CallOutcome::failed).sentence;
  for (const Case& one :
       {Case{{0, 0, 3, 0}, "the line lost samples 3 times: " + clock},
        Case{{1, 1, 3, 0}, "the line lost samples 5 times: " + clock},
        Case{{1, 0, 0, 0}, "the line lost samples 1 time: " + busy},
        Case{{2, 5, 0, 0}, "the line lost samples 7 times: " + busy},
        Case{{0, 0, 0, 1}, "the card missed 1 interrupt: " + interrupts},
        Case{{0, 2, 0, 4},
             "the line lost samples 2 times: " + busy + "; the card missed 4 interrupts: " + interrupts}}) {
    const handoff::FaxRecord record = call_with(one.faults, CallOutcome::failed);
    CHECK(record.sentence == failed + "; " + one.says);
    CHECK(record.line_faults.read_overruns == one.faults.read_overruns);
    CHECK(record.line_faults.write_underruns == one.faults.write_underruns);
    CHECK(record.line_faults.timing_slips == one.faults.timing_slips);
    CHECK(record.line_faults.irq_misses == one.faults.irq_misses);
  }
}

TEST_CASE("a call that came through all the same counts what was lost, and complains of nothing") {
  const handoff::FaxRecord record = call_with({1, 2, 3, 4}, CallOutcome::completed);
  CHECK(record.sentence == call_with({}, CallOutcome::completed).sentence);
  CHECK(record.line_faults.irq_misses == 4);
}
