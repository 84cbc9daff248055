// SPDX-License-Identifier: GPL-2.0-or-later
// A call on disk, and what becomes of it when its process dies at any point.
#include "src/faxrx/call_folder.hpp"

#include <doctest/doctest.h>
#include <tiffio.h>

#include <functional>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/page/document.hpp"
#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/test_pages.hpp"

using faxrx::CallFolder;
using faxrx::finish_leftovers;
using handoff::FaxRecord;
using unit::names_in;
using Names = std::set<std::string>;
namespace fs = std::filesystem;

namespace {

struct TestSpool {
  TestSpool() : spool(scratch.path) {
    fs::create_directory(spool.incoming);
    fs::create_directory(spool.ready);
  }
  unit::ScratchFolder scratch;
  faxrx::Spool spool;
};

FaxRecord begun_record(const std::string& line = "exchange:/x/1") {
  FaxRecord record;
  record.id = base::CallId::random();
  record.line = line;
  record.called = "4930123469";
  record.caller_number = "+4989555";
  record.started_unix_s = 1795442580;
  record.outcome = "broken";
  record.sentence = "the call's process ended unexpectedly";
  return record;
}

FaxRecord record_in(const fs::path& file) {
  return handoff::from_json(unit::text_in(file));
}

void check_document(const fs::path& file, const std::vector<page::PageImage>& pages) {
  const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(file.c_str(), "r"), TIFFClose);
  REQUIRE(tiff != nullptr);
  REQUIRE(TIFFNumberOfDirectories(tiff.get()) == pages.size());
  for (std::uint16_t n = 0; n < pages.size(); ++n) {
    REQUIRE(TIFFSetDirectory(tiff.get(), n) == 1);
    std::vector<std::uint8_t> pels(pages[n].rows.size());
    TIFFReadEncodedStrip(tiff.get(), 0, pels.data(), static_cast<tmsize_t>(pels.size()));
    CHECK(pels == pages[n].rows);
  }
}

}  // namespace

TEST_CASE("a call becomes a folder, then a document and its record, and nothing else stays") {
  TestSpool test;
  CallFolder call(test.spool, begun_record());
  const std::string id = call.record.id.text();
  CHECK(names_in(test.spool.incoming) == Names{id});
  CHECK(names_in(test.spool.incoming / id) == Names{"call.json"});
  CHECK(record_in(test.spool.incoming / id / "call.json").outcome == "broken");
  const std::vector<page::PageImage> pages = {unit::text_page(100, 1), unit::text_page(200, 2)};
  for (const page::PageImage& image : pages)
    call.add_page(image);
  CHECK(names_in(test.spool.incoming / id) == Names{"0001.tif", "0002.tif", "call.json"});
  CHECK(names_in(test.spool.ready).empty());
  call.record.complete = true;
  call.record.outcome = "completed";
  call.finish();
  CHECK(names_in(test.spool.incoming).empty());
  CHECK(names_in(test.spool.ready) == Names{id + ".json", id + ".tif"});
  const FaxRecord record = record_in(test.spool.ready / (id + ".json"));
  CHECK(record.complete);
  CHECK(record.outcome == "completed");
  REQUIRE(record.pages.size() == 2);
  CHECK(record.pages[0].number == 1);
  CHECK(record.pages[1].number == 2);
  CHECK(record.pages[1].rows == 200);
  check_document(test.spool.ready / (id + ".tif"), pages);
}

TEST_CASE("a call without a page leaves its record, to be reported, and nothing else") {
  TestSpool test;
  CallFolder call(test.spool, begun_record());
  call.finish();
  CHECK(names_in(test.spool.incoming).empty());
  const std::string report = call.record.id.text() + ".call";
  CHECK(names_in(test.spool.ready) == Names{report});
  CHECK(record_in(test.spool.ready / report).pages.empty());
}

TEST_CASE("a page that cannot be stored is not in the record, and the next one takes its number") {
  TestSpool test;
  CallFolder call(test.spool, begun_record());
  CHECK_THROWS_AS(call.add_page({1728, 204, 98, {}, 0, 0, 0}), base::Failure);
  CHECK(call.record.pages.empty());
  const page::PageImage image = unit::text_page(50, 1);
  call.add_page(image);
  REQUIRE(call.record.pages.size() == 1);
  CHECK(call.record.pages[0].number == 1);
}

TEST_CASE("a call that cannot be finished keeps its folder, and the next start makes the fax of it") {
  TestSpool test;
  CallFolder call(test.spool, begun_record());
  const page::PageImage image = unit::text_page(50, 1);
  call.add_page(image);
  fs::rename(test.spool.ready, test.scratch.path / "elsewhere");
  CHECK_THROWS_AS(call.finish(), std::system_error);
  CHECK(names_in(test.spool.incoming) == Names{call.record.id.text()});
  fs::rename(test.scratch.path / "elsewhere", test.spool.ready);
  CHECK(finish_leftovers(test.spool, "") == 1);
  check_document(test.spool.ready / (call.record.id.text() + ".tif"), {image});
}

TEST_CASE(
    "whenever the power fails, two starts later there is exactly one fax, or none if there was no page") {
  const std::vector<page::PageImage> pages = {unit::text_page(60, 1), unit::text_page(70, 2)};
  struct Crash {
    std::string when;
    std::function<void(TestSpool&, const std::string& id)> state;
    std::size_t pages;
    const char* outcome;
  };
  const auto with_pages = [&](TestSpool& test, CallFolder& call, std::size_t count) {
    for (std::size_t n = 0; n < count; ++n)
      call.add_page(pages[n]);
    CHECK(names_in(test.spool.ready).empty());
  };
  const auto record_of = [](const std::string& id) {
    FaxRecord record = begun_record();
    record.id = *base::CallId::parse(id);
    return record;
  };
  const auto document_alone = [&](TestSpool& test, const std::string& id) {
    CallFolder call(test.spool, record_of(id));
    with_pages(test, call, 2);
    const fs::path folder = test.spool.incoming / id;
    page::write_document(test.spool.ready, id + ".tif", {folder / "0001.tif", folder / "0002.tif"}, {});
  };
  const std::vector<Crash> table = {
      {"before call.json",
       [](TestSpool& test, const std::string& id) { fs::create_directory(test.spool.incoming / id); }, 0, ""},
      {"while call.json was written",
       [](TestSpool& test, const std::string& id) {
         fs::create_directory(test.spool.incoming / id);
         unit::put_file(test.spool.incoming / id / ".call.json.part", "{\"ver");
       },
       0, ""},
      {"before the first page",
       [&](TestSpool& test, const std::string& id) { CallFolder(test.spool, record_of(id)); }, 0, ""},
      {"while the first page was written",
       [&](TestSpool& test, const std::string& id) {
         CallFolder(test.spool, record_of(id));
         unit::put_file(test.spool.incoming / id / ".0001.tif.part", "II*");
       },
       0, ""},
      {"after the first page",
       [&](TestSpool& test, const std::string& id) {
         CallFolder call(test.spool, record_of(id));
         with_pages(test, call, 1);
         unit::put_file(test.spool.incoming / id / ".0002.tif.part", "II*");
       },
       1, "broken"},
      {"after the last page",
       [&](TestSpool& test, const std::string& id) {
         CallFolder call(test.spool, record_of(id));
         with_pages(test, call, 2);
       },
       2, "broken"},
      {"while the document was written",
       [&](TestSpool& test, const std::string& id) {
         CallFolder call(test.spool, record_of(id));
         with_pages(test, call, 2);
         unit::put_file(test.spool.ready / ("." + id + ".tif.part"), "II*");
       },
       2, "broken"},
      {"between document and record", document_alone, 2, "broken"},
      {"while the record was written",
       [&](TestSpool& test, const std::string& id) {
         document_alone(test, id);
         unit::put_file(test.spool.ready / ("." + id + ".json.part"), "{\"version\": 1");
       },
       2, "broken"},
      {"after the commit, with the folder still there",
       [&](TestSpool& test, const std::string& id) {
         CallFolder call(test.spool, record_of(id));
         with_pages(test, call, 2);
         fs::copy(test.spool.incoming / id, test.scratch.path / "kept");
         call.record.outcome = "completed";
         call.finish();
         fs::rename(test.scratch.path / "kept", test.spool.incoming / id);
       },
       2, "completed"},
      {"after the commit, while the folder was removed",
       [&](TestSpool& test, const std::string& id) {
         CallFolder call(test.spool, record_of(id));
         with_pages(test, call, 2);
         fs::create_directory(test.scratch.path / "kept");
         fs::copy(test.spool.incoming / id / "0002.tif", test.scratch.path / "kept");
         call.record.outcome = "completed";
         call.finish();
         fs::rename(test.scratch.path / "kept", test.spool.incoming / id);
       },
       2, "completed"},
  };
  for (const Crash& crash : table) {
    INFO(crash.when);
    TestSpool test;
    const std::string id = base::CallId::random().text();
    crash.state(test, id);
    const bool begun = fs::exists(test.spool.incoming / id / "call.json");
    finish_leftovers(test.spool, "");
    const auto once = names_in(test.spool.ready);
    finish_leftovers(test.spool, "");
    CHECK(names_in(test.spool.incoming).empty());
    CHECK(names_in(test.spool.ready) == once);
    const Names reported = begun ? Names{id + ".call"} : Names{};
    CHECK(once == (crash.pages == 0 ? reported : Names{id + ".json", id + ".tif"}));
    if (crash.pages == 0) continue;
    const FaxRecord record = record_in(test.spool.ready / (id + ".json"));
    CHECK(record.id.text() == id);
    CHECK(record.caller_number == "+4989555");
    CHECK(record.outcome == crash.outcome);
    CHECK_FALSE(record.complete);
    CHECK(record.pages.size() == crash.pages);
    check_document(test.spool.ready / (id + ".tif"),
                   {pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(crash.pages)});
  }
}

TEST_CASE("what is known of a page comes back after a crash: its verdict, cut off, damaged, its bad rows") {
  TestSpool test;
  CallFolder call(test.spool, begun_record());
  page::PageImage image = unit::text_page(60, 1);
  call.add_page(image);
  image.bad_rows = 17;
  image.longest_bad_run = 9;
  image.verdict = "bad";
  call.add_page(image);
  image.verdict = "poor";
  image.complete = false;
  image.damaged = true;
  call.add_page(image);
  const FaxRecord was = call.record;
  CHECK(finish_leftovers(test.spool, "") == 1);
  const FaxRecord is = record_in(test.spool.ready / (was.id.text() + ".json"));
  REQUIRE(is.pages.size() == 3);
  for (std::size_t n = 0; n < 3; ++n) {
    INFO(n);
    CHECK(is.pages[n].verdict == was.pages[n].verdict);
    CHECK(is.pages[n].complete == was.pages[n].complete);
    CHECK(is.pages[n].damaged == was.pages[n].damaged);
    CHECK(is.pages[n].bad_rows == was.pages[n].bad_rows);
    CHECK(is.pages[n].longest_bad_run == was.pages[n].longest_bad_run);
  }
  CHECK(is.pages[2].damaged);
}

TEST_CASE(
    "another page takes the place of the last one, and of that one only; what cannot be stored does not") {
  TestSpool test;
  CallFolder call(test.spool, begun_record());
  const std::vector<page::PageImage> pages = {unit::text_page(60, 1), unit::text_page(61, 2),
                                              unit::text_page(62, 3)};
  call.add_page(pages[0]);
  call.add_page(pages[1]);
  call.replace_last_page(pages[2]);
  CHECK_THROWS_AS(call.replace_last_page({1728, 204, 98, {}, 0, 0, 0}), base::Failure);
  CHECK(names_in(call.folder()) == Names{"0001.tif", "0002.tif", "call.json"});
  REQUIRE(call.record.pages.size() == 2);
  CHECK(call.record.pages[1].rows == 62);
  call.finish();
  check_document(test.spool.ready / (call.record.id.text() + ".tif"), {pages[0], pages[2]});
}

TEST_CASE("a line's page process finishes its own leftovers and keeps off the others' calls") {
  TestSpool test;
  const page::PageImage image = unit::text_page(50, 1);
  for (const char* line : {"1", "2"}) {
    CallFolder call(test.spool, begun_record(line));
    call.add_page(image);
  }
  fs::create_directory(test.spool.incoming /
                       base::CallId::random().text());  // another line's, just beginning
  CHECK(finish_leftovers(test.spool, "1") == 1);
  CHECK(names_in(test.spool.incoming).size() == 2);
  CHECK(names_in(test.spool.ready).size() == 2);
  CHECK(finish_leftovers(test.spool, "3") == 0);
  CHECK(finish_leftovers(test.spool, "") == 1);
  CHECK(names_in(test.spool.incoming).empty());
  CHECK(names_in(test.spool.ready).size() == 4);
}

TEST_CASE("a leftover that resists stays, and the others are finished all the same") {
  TestSpool test;
  const page::PageImage image = unit::text_page(50, 1);
  Names damaged;
  for (const char* file : {"call.json", "0001.tif"}) {
    CallFolder call(test.spool, begun_record());
    call.add_page(image);
    unit::put_file(test.spool.incoming / call.record.id.text() / file, "damaged");
    damaged.insert(call.record.id.text());
  }
  CallFolder good(test.spool, begun_record());
  good.add_page(image);
  unit::put_file(test.spool.incoming / "notes.txt", "an operator's");
  damaged.insert("notes.txt");
  CHECK(finish_leftovers(test.spool, "") == 1);
  CHECK(names_in(test.spool.incoming) == damaged);
  CHECK(names_in(test.spool.ready) == Names{good.record.id.text() + ".json", good.record.id.text() + ".tif"});
}
