// SPDX-License-Identifier: GPL-2.0-or-later
// What the page process makes of a call: no verdict before the page is on the disk, none that is not true.
#include "src/faxrx/call_keeper.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>

#include "src/base/errors.hpp"
#include "tests/unit/keeper_parts.hpp"

using faxrx::CallOutcome;
using faxrx::RecordType;
using t30::Verdict;
using unit::KeeperPlace;
using unit::KeeperStory;
using unit::letter;
using unit::names_in;
using unit::spoilt;
using Names = std::set<std::string>;
namespace fs = std::filesystem;

namespace {

std::vector<std::uint8_t> pels_of(unsigned seed, std::uint32_t rows = 400) {
  return unit::text_rows(unit::a4_pels, rows, seed);
}

fs::path page_file(const KeeperPlace& place, const char* name) {
  return place.scratch / "incoming" / place.only_in("incoming") / name;
}

}  // namespace

TEST_CASE("when a page's verdict comes, the call's record and the page are on the disk, pel for pel") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  CHECK(names_in(place.scratch / "incoming" / place.only_in("incoming")) == Names{"call.json"});
  story.page_begins(letter(1));
  CHECK(names_in(place.scratch / "incoming" / place.only_in("incoming")) == Names{"call.json"});
  CHECK(story.tell(RecordType::page_end, t30::PageEnd{1, 0, 0, 200}) == Verdict::good);
  CHECK(page::read_page(page_file(place, "0001.tif")).rows == pels_of(1));
  story.we_say_mcf();
  CHECK(story.page(letter(2, 300, page::Coding::mr)) == Verdict::good);
  CHECK(page::read_page(page_file(place, "0002.tif")).rows == pels_of(2, 300));
  story.we_say_mcf();
  CHECK(story.page(letter(3, 200, page::Coding::mmr)) == Verdict::good);
  story.call_ends();
  CHECK(names_in(place.scratch / "incoming").empty());
  const handoff::FaxRecord record = place.record();
  CHECK(record.complete);
  CHECK(record.outcome == "completed");
  REQUIRE(record.pages.size() == 3);
  CHECK(record.pages[2].rows == 200);
}

TEST_CASE("without error correction a page is good, poor or bad by its rows, and stored and marked as such") {
  KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  const page::CodedPage scratched = spoilt(letter(1), 0.06);
  CHECK(story.page(scratched) == Verdict::bad);  // more than five bad rows together
  place.served.settings.most_bad_rows_together = 1000;
  place.served.settings.good_below_percent = 1;
  KeeperStory lenient(place);
  story.call_ends(CallOutcome::failed);
  CHECK(place.record().pages[0].verdict == "bad");
  fs::remove_all(place.scratch / "ready");
  fs::create_directory(place.scratch / "ready");
  lenient.call_begins();
  CHECK(lenient.page(scratched) == Verdict::poor);
  CHECK(lenient.page(spoilt(letter(1), 0.4)) == Verdict::bad);
  CHECK(lenient.page(letter(2)) == Verdict::good);
  lenient.call_ends();
  const handoff::FaxRecord record = place.record();
  REQUIRE(record.pages.size() == 3);
  CHECK(record.pages[0].verdict == "poor");
  CHECK(record.pages[0].bad_rows > 4);
  CHECK(record.pages[1].verdict == "bad");
  CHECK(record.pages[1].bad_rows > 60);
  CHECK(record.pages[2].verdict == "good");
  CHECK_FALSE(record.pages[2].damaged);
}

TEST_CASE("without RTC, a command that comes 6 s after the image makes the page bad however clean it is") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  page::CodedPage page = letter(1);
  page.bytes = unit::coded_by_libtiff(unit::a4_pels, pels_of(1), page::Coding::mh);
  CHECK(story.page(page, {1, 0, 0, 6000}) == Verdict::bad);
  CHECK(story.page(page, {1, 0, 0, 300}) == Verdict::good);
}

TEST_CASE("with error correction a page that lost octets is good for the caller, and marked in its record") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  page::CodedPage page = letter(1, 400, page::Coding::mmr);
  page.holes = {page.bytes.size() / 2};
  page.bytes.erase(page.bytes.begin() + static_cast<std::ptrdiff_t>(page.bytes.size() / 2),
                   page.bytes.begin() + static_cast<std::ptrdiff_t>(page.bytes.size() / 2 + 256));
  CHECK(story.page(page, {1, 1, 0, 200}) == Verdict::good);
  CHECK(story.page(letter(2, 400, page::Coding::mmr)) == Verdict::good);
  story.call_ends();
  const handoff::FaxRecord record = place.record();
  REQUIRE(record.pages.size() == 2);
  CHECK(record.pages[0].damaged);
  CHECK(record.pages[0].rows > 100);
  CHECK(record.pages[0].rows < 400);
  CHECK_FALSE(record.pages[1].damaged);
}

TEST_CASE("a page without a row leaves nothing, and its verdict says so") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  CHECK(story.page({unit::a4_pels, page::Coding::mh, false, {}, {}}) == Verdict::empty);
  CHECK(story.page({unit::a4_pels, page::Coding::mmr, true, {}, {}}) == Verdict::empty);
  CHECK(names_in(place.scratch / "incoming" / place.only_in("incoming")) == Names{"call.json"});
  story.call_ends(CallOutcome::failed);
  CHECK(place.documents().empty());
}

TEST_CASE(
    "a page that the caller cut off is kept to its last row and marked, even if the line process dies") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  page::CodedPage half = letter(1);
  half.bytes.resize(half.bytes.size() / 2);
  story.page(half, {0, 0, 0, 0});
  story.keeper.line_process_is_gone();
  const handoff::FaxRecord record = place.record();
  CHECK(record.outcome == "broken");
  CHECK_FALSE(record.complete);
  REQUIRE(record.pages.size() == 1);
  CHECK_FALSE(record.pages[0].complete);
  CHECK(record.pages[0].rows > 100);
  CHECK(record.pages[0].rows < 300);
}

TEST_CASE("a disk that takes no more is not stored, never anything else, and the fax is not complete") {
  const auto full_after_the_call_began = [](const KeeperPlace& place) {
    ::signal(SIGXFSZ, SIG_IGN);
    KeeperStory story(place);
    story.call_begins();
    const rlimit few{600, 600};  // of a file: no page of noise is as small as that
    ::setrlimit(RLIMIT_FSIZE, &few);
    const bool refused = story.page(letter(1, 1000)) == Verdict::not_stored;
    return refused && names_in(page_file(place, ".")) == Names{"call.json"} ? 0 : 1;
  };
  const KeeperPlace full;
  CHECK(unit::in_child([&] { return full_after_the_call_began(full); }) == 0);

  const KeeperPlace gone;
  KeeperStory story(gone);
  story.call_begins();
  CHECK(story.page(letter(1)) == Verdict::good);
  story.we_say_mcf();
  const fs::path folder = page_file(gone, ".").parent_path();
  fs::rename(folder, gone.scratch / "elsewhere");
  CHECK(story.page(letter(2)) == Verdict::not_stored);
  fs::rename(gone.scratch / "elsewhere", folder);
  story.call_ends(CallOutcome::completed);
  CHECK(gone.record().outcome == "not_stored");
  CHECK_FALSE(gone.record().complete);
  CHECK(gone.record().pages.size() == 1);
}

TEST_CASE(
    "a call that cannot be made a fax at its end becomes one when there is room, with all that is known of "
    "it") {
  const KeeperPlace place;
  KeeperStory story(place);
  story.call_begins();
  CHECK(story.page(letter(1)) == Verdict::good);
  fs::rename(place.scratch / "ready", place.scratch / "elsewhere");
  story.call_ends();
  CHECK_FALSE(story.keeper.in_a_call());
  story.keeper.finish_unfinished();
  CHECK(names_in(place.scratch / "incoming").size() == 1);
  fs::rename(place.scratch / "elsewhere", place.scratch / "ready");
  story.keeper.finish_unfinished();
  CHECK(names_in(place.scratch / "incoming").empty());
  CHECK(place.record().outcome == "completed");
  story.keeper.finish_unfinished();  // there is nothing left
  CHECK(place.record().pages.size() == 1);
}

TEST_CASE("a folder that may not be written to is not stored") {
  if (::geteuid() != 0) return;  // root writes everywhere: somebody else has to try
  const KeeperPlace place;
  CHECK(unit::in_child([&] {
          if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 2;
          KeeperStory story(place);
          story.call_begins();
          fs::permissions(place.scratch / "incoming" / place.only_in("incoming"), fs::perms(0500));
          const bool refused = story.page(letter(1)) == Verdict::not_stored;
          fs::permissions(place.scratch / "incoming" / place.only_in("incoming"), fs::perms(0700));
          return refused && story.page(letter(1)) == Verdict::good ? 0 : 1;
        }) == 0);
}

TEST_CASE("what a line process that was taken over may tell costs no more than its own call") {
  const KeeperPlace place;
  KeeperStory story(place);
  CHECK(story.page(letter(1)) == Verdict::not_stored);  // outside a call
  story.frame(false, {0x83});
  story.call_ends();
  story.call_begins();
  CHECK(story.tell(RecordType::page_end, t30::PageEnd{1, 0, 0, 0}) ==
        Verdict::not_stored);  // without a beginning
  CHECK_THROWS_AS(story.tell(RecordType::page_begin, t30::PageFormat{1728, 204, 98, page::Coding(9), 0}),
                  base::Failure);
  CHECK_THROWS_AS(story.tell(RecordType::session, std::uint8_t{1}), base::Failure);
  CHECK_THROWS_AS(story.tell(RecordType(77), std::uint8_t{1}), base::Failure);
  page::CodedPage wide = letter(1);
  wide.width_pels = 4'000'000'000;
  CHECK(story.page(wide) == Verdict::empty);
  story.tell(RecordType::page_begin, t30::PageFormat{unit::a4_pels, 0, 0, page::Coding::mh, 0});
  story.call_begins();  // without an end of the call before
  CHECK(story.page(letter(1)) == Verdict::good);
  story.call_ends();
  REQUIRE(place.documents().size() == 1);
  CHECK(place.record_of(*place.documents().begin()).pages.size() == 1);
}
