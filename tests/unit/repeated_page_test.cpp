// SPDX-License-Identifier: GPL-2.0-or-later
// After RTN, T.30 does not say whether the next page is the bad one again or the next sheet.
#include <doctest/doctest.h>

#include "tests/unit/keeper_parts.hpp"

using t30::Verdict;
using unit::KeeperPlace;
using unit::KeeperStory;
using unit::letter;
using unit::spoilt;

namespace {

std::vector<std::string> verdicts(const KeeperPlace& place) {
  std::vector<std::string> all;
  for (const handoff::PageRecord& page : place.record().pages)
    all.push_back(page.verdict);
  return all;
}

using Verdicts = std::vector<std::string>;

// A call whose first page came bad.
struct BadFirstPage {
  BadFirstPage() {
    story.call_begins();
    REQUIRE(story.page(spoilt(letter(1), 0.15)) == Verdict::bad);
  }
  KeeperPlace place;
  KeeperStory story{place};
};

}  // namespace

TEST_CASE("after RTN the same sheet comes again: it takes the bad one's place") {
  BadFirstPage call;
  call.story.we_say_rtn();
  CHECK(call.story.page(letter(1)) == Verdict::good);
  call.story.we_say_mcf();
  CHECK(call.story.page(letter(2)) == Verdict::good);
  call.story.call_ends();
  CHECK(verdicts(call.place) == Verdicts{"good", "good"});
  CHECK(call.place.record().pages[0].bad_rows == 0);
}

TEST_CASE("after RTN the next sheet comes, because the caller took RTN for a receipt: both are kept") {
  BadFirstPage call;
  call.story.we_say_rtn();
  CHECK(call.story.page(letter(2)) == Verdict::good);
  call.story.call_ends();
  CHECK(verdicts(call.place) == Verdicts{"bad", "good"});
}

TEST_CASE("a bad page that was not answered RTN is kept whatever comes next") {
  BadFirstPage call;
  call.story.we_say_mcf();
  CHECK(call.story.page(letter(1)) == Verdict::good);
  call.story.call_ends();
  CHECK(verdicts(call.place) == Verdicts{"bad", "good"});
}

TEST_CASE("the same sheet that comes only after another one is a page of its own") {
  BadFirstPage call;
  call.story.we_say_rtn();
  CHECK(call.story.page(letter(2)) == Verdict::good);
  call.story.we_say_mcf();
  CHECK(call.story.page(letter(1)) == Verdict::good);
  call.story.call_ends();
  CHECK(verdicts(call.place) == Verdicts{"bad", "good", "good"});
}

TEST_CASE("a repeat that is worse does not take the better one's place, and one that is better does") {
  BadFirstPage call;
  call.story.we_say_rtn();
  CHECK(call.story.page(spoilt(letter(1), 0.2)) == Verdict::bad);
  call.story.we_say_rtn();
  CHECK(call.story.page(spoilt(letter(1), 0.1)) == Verdict::bad);
  call.story.we_say_rtn();
  CHECK(call.story.page(letter(1)) == Verdict::good);
  call.story.call_ends();
  CHECK(verdicts(call.place) == Verdicts{"good"});
  const auto lines = call.place.trace();
  Verdicts stored;
  for (const auto& line : lines)
    if (line["event"] == "page") stored.push_back(line["stored"]);
  CHECK(stored == Verdicts{"added", "the last one stays", "in place of the last", "in place of the last"});
}

TEST_CASE("a repeat that is cut off is kept beside the whole one") {
  BadFirstPage call;
  call.story.we_say_rtn();
  page::CodedPage half = letter(1);
  half.bytes.resize(half.bytes.size() * 3 / 4);
  call.story.page(half, {0, 0, 0, 0});
  call.story.call_ends(faxrx::CallOutcome::caller_hung_up);
  const handoff::FaxRecord record = call.place.record();
  REQUIRE(record.pages.size() == 2);
  CHECK(record.pages[0].complete);
  CHECK_FALSE(record.pages[1].complete);
}

TEST_CASE("after a crash the better one is there, once") {
  BadFirstPage call;
  call.story.we_say_rtn();
  CHECK(call.story.page(letter(1)) == Verdict::good);
  CHECK(faxrx::finish_leftovers(faxrx::Spool(call.place.scratch.path), "") == 1);
  CHECK(verdicts(call.place) == Verdicts{"good"});
}
