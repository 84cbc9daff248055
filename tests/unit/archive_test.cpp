// SPDX-License-Identifier: GPL-2.0-or-later
// The archive: what is filed, what the clean-up removes and, above all, what it does not, and mailing again.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "src/base/errors.hpp"
#include "src/faxmail/archive_keeper.hpp"
#include "src/faxmail/archive_record.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/resend.hpp"
#include "src/faxmail/retention.hpp"
#include "tests/unit/mail_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

using faxmail::Job;
using faxmail::Removed;
using faxmail::Retention;
using unit::names_in;
using unit::put_file;
using unit::ScratchFolder;
namespace fs = std::filesystem;
using Names = std::set<std::string>;

namespace {

constexpr std::int64_t day_s = 86400;

// A spool, and faxes that are filed in its archive as the queue does it.
struct Place {
  ScratchFolder scratch;
  faxmail::Spool spool{scratch / "spool"};

  handoff::FaxRecord file(const std::string& called = "4711", bool with_pdf = true) {
    handoff::FaxRecord fax = mail_parts::sample_record();
    fax.called = called;
    const Job job = job_of(fax, with_pdf);
    faxmail::file_in(spool.archive(), job);
    return fax;
  }
  Job job_of(const handoff::FaxRecord& fax, bool with_pdf = true) {
    Job job;
    job.id = fax.id;
    job.folder = scratch / ("job-" + fax.id.text());
    job.has_pdf = with_pdf;
    fs::create_directories(job.folder);
    put_file(job.folder / "fax.json", handoff::to_json(fax));
    mail_parts::write_tiff(job.folder / "fax.tif");
    if (with_pdf) put_file(job.folder / "fax.pdf", "%PDF " + fax.id.text());
    job.recipients = {{"a@example.org", faxmail::RecipientState::delivered, "250 ok", 1}};
    return job;
  }
  [[nodiscard]] fs::path folder(const std::string& called = "4711") const { return spool.archive() / called; }
  [[nodiscard]] fs::path path_of(const handoff::FaxRecord& fax, const char* ending) const {
    return folder(fax.called) / (faxmail::file_name_of(fax) + ending);
  }
  [[nodiscard]] faxmail::ArchiveRecord record_of(const handoff::FaxRecord& fax) const {
    return faxmail::archive_record_from(unit::text_in(path_of(fax, ".json")));
  }
  Removed clean(Retention retention, std::int64_t days_later) {
    retention.now_unix_s = std::time(nullptr) + days_later * day_s;
    return faxmail::clean_archive(spool.archive(), retention);
  }
};

std::string words_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "done without a word";
}

}  // namespace

TEST_CASE("a fax is filed with a record of it, and who was mailed is added when that is done") {
  Place place;
  const auto fax = place.file();
  CHECK(names_in(place.folder()).size() == 3);
  auto record = place.record_of(fax);
  CHECK(record.fax.id == fax.id);
  CHECK(record.fax.station_id == fax.station_id);
  CHECK(record.mails.empty());
  REQUIRE(record.files.size() == 2);
  CHECK(record.files[0].ending == "tif");
  CHECK(record.files[0].bytes == fs::file_size(place.path_of(fax, ".tif")));
  Job job = place.job_of(fax);
  job.subject = "Fax from \"Müller\"";
  faxmail::note_done(place.spool.archive(), job);
  faxmail::note_done(place.spool.archive(), job);  // after a crash
  job.id = base::CallId::random();                 // mailed again
  job.recipients.push_back({"b@example.org", faxmail::RecipientState::handed, "550 no", 1});
  faxmail::note_done(place.spool.archive(), job);
  record = place.record_of(fax);
  REQUIRE(record.mails.size() == 2);
  CHECK(record.mails[0].subject == "Fax from \"Müller\"");
  CHECK(record.mails[0].recipients.at(0).address == "a@example.org");
  CHECK(record.mails[1].recipients.at(1).words == "550 no");
  CHECK(record.mails[1].recipients.at(1).state == faxmail::RecipientState::handed);
  fs::remove(place.path_of(fax, ".json"));
  faxmail::note_done(place.spool.archive(), job);  // nothing to note it in
  CHECK_FALSE(fs::exists(place.path_of(fax, ".json")));
}

TEST_CASE("TIFF and PDF stay for the days that are set for each, then the record goes too") {
  Place place;
  const auto fax = place.file(), without_pdf = place.file("0815", false);
  const Retention retention{30, 10, {}, 0};
  CHECK(place.clean(retention, 9).files == 0);
  CHECK(place.clean(retention, 10).files == 1);
  CHECK_FALSE(fs::exists(place.path_of(fax, ".pdf")));
  CHECK(fs::exists(place.path_of(fax, ".tif")));
  CHECK(place.clean(retention, 29).files == 0);
  const Removed last = place.clean(retention, 30);
  CHECK(last.files == 2);
  CHECK(last.records == 2);
  CHECK(names_in(place.folder()).empty());
  CHECK(names_in(place.folder("0815")).empty());
  CHECK(place.clean(retention, 31).records == 0);
  static_cast<void>(without_pdf);
}

TEST_CASE(
    "no fax that is still in the queue is removed, whatever the days; 0 days are as soon as it is out") {
  Place place;
  const auto waiting = place.file(), done = place.file();
  Retention retention{0, 0, {waiting.id}, 0};
  CHECK(place.clean(retention, 0).files == 2);
  CHECK(fs::exists(place.path_of(waiting, ".tif")));
  CHECK_FALSE(fs::exists(place.path_of(done, ".tif")));
  CHECK(place.clean(retention, 1000).files == 0);
  retention.busy.clear();
  CHECK(place.clean(retention, -1).files == 0);  // filed after it was known who is in the queue
  CHECK(place.clean(retention, 0).files == 2);
}

TEST_CASE("the days count from the last mail that was done") {
  Place place;
  const auto fax = place.file();
  auto record = place.record_of(fax);
  const std::int64_t now = std::time(nullptr);
  record.filed_unix_s = now - 40 * day_s;
  record.mails.push_back({fax.id, "", now - 3 * day_s, {}});
  put_file(place.path_of(fax, ".json"), to_json(record));
  CHECK(place.clean({30, 30, {}, 0}, 26).files == 0);
  CHECK(place.clean({30, 30, {}, 0}, 27).files == 2);
}

TEST_CASE("the clean-up removes nothing that it did not file, and follows no link") {
  Place place;
  const auto fax = place.file();
  const Retention at_once{0, 0, {}, 0};
  const fs::path outside = place.scratch / "outside";
  fs::create_directory(outside);
  // Everything that is in the folder of a fax, and in a folder behind a link, is as good as it was.
  fs::copy(place.folder(), outside, fs::copy_options::recursive);
  const Names kept_outside = names_in(outside);
  fs::create_directory_symlink(outside, place.spool.archive() / "link");
  put_file(place.folder() / "notes.txt", "mine");
  put_file(place.folder() / "scan.pdf", "mine");
  put_file(place.folder() / "broken.json", "{\"version\": 1");
  auto other_name = place.record_of(fax);
  other_name.name = "../../outside/" + faxmail::file_name_of(fax);
  put_file(place.folder() / "other.json", to_json(other_name));
  auto of_no_kind = place.record_of(fax);
  of_no_kind.name = "kind";
  of_no_kind.files = {{"txt", 4, std::string(64, '0')}};
  put_file(place.folder() / "kind.json", to_json(of_no_kind));
  // Names of a record's files that became something else.
  const auto linked = place.file("1"), piped = place.file("2"), changed = place.file("3");
  fs::rename(place.path_of(linked, ".tif"), outside / "linked.tif");
  fs::create_symlink(outside / "linked.tif", place.path_of(linked, ".tif"));
  fs::remove(place.path_of(piped, ".tif"));
  REQUIRE(::mkfifo(place.path_of(piped, ".tif").c_str(), 0600) == 0);
  fs::remove(place.path_of(changed, ".tif"));
  put_file(place.path_of(changed, ".tif"), "what the operator drew on it");

  const Removed removed = place.clean(at_once, 0);
  CHECK(removed.changed == 1);
  CHECK(names_in(place.folder()) == Names{"broken.json", "kind.json", "notes.txt", "other.json", "scan.pdf"});
  Names outside_now = names_in(outside);
  CHECK(outside_now.erase("linked.tif") == 1);
  CHECK(outside_now == kept_outside);
  CHECK(fs::is_symlink(place.path_of(linked, ".tif")));
  CHECK(fs::exists(place.path_of(piped, ".tif")));
  CHECK(unit::text_in(place.path_of(changed, ".tif")) == "what the operator drew on it");
  if (::geteuid() != 0) return;
  const auto foreign = place.file("5");
  REQUIRE(::chown(place.path_of(foreign, ".json").c_str(), 1, 1) == 0);  // a record that somebody else wrote
  CHECK(place.clean(at_once, 0).files == 0);
}

TEST_CASE("what a crash left half written goes after a day, and nothing else that is hidden") {
  Place place;
  place.file();
  put_file(place.folder() / ".x.json.part", "half");
  put_file(place.folder() / ".hidden", "mine");
  place.clean({1000, 1000, {}, 0}, 0);
  CHECK(fs::exists(place.folder() / ".x.json.part"));
  place.clean({1000, 1000, {}, 0}, 2);
  CHECK_FALSE(fs::exists(place.folder() / ".x.json.part"));
  CHECK(fs::exists(place.folder() / ".hidden"));
}

TEST_CASE("a clean-up that is killed at any moment is finished by the next one") {
  Place place;
  for (int i = 0; i < 40; ++i)
    place.file();
  for (int turn = 0; turn < 8; ++turn) {
    const pid_t pid = base::fork_child([&] {
      place.clean({0, 0, {}, 0}, 0);
      return 0;
    });
    ::usleep(static_cast<useconds_t>(turn * 400));
    ::kill(pid, SIGKILL);
    unit::wait_for(pid);
  }
  place.clean({0, 0, {}, 0}, 0);
  CHECK(names_in(place.folder()).empty());
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("the child that cleans up has the archive, and neither another folder nor the network") {
  Place place;
  place.file();
  const fs::path outside = place.scratch / "outside";
  put_file(outside, "x");
  CHECK(unit::in_child([&] {
          faxmail::give_up_all_but_the_archive(place.spool.archive(), -1);
          if (place.clean({0, 0, {}, 0}, 0).files != 2) return 1;
          if (::open(outside.c_str(), O_RDONLY) >= 0) return 2;
          if (::unlink(outside.c_str()) == 0) return 3;
          return ::socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? 0 : 4;
        }) == 0);
}
#endif

TEST_CASE("an archived fax is found by its id, some digits of it, or its file's name") {
  Place place;
  const auto fax = place.file();
  const fs::path archive = place.spool.archive();
  const std::string id = fax.id.text(), name = faxmail::file_name_of(fax);
  for (const std::string& word : {id, id.substr(0, 4), id.substr(0, 8), id.substr(0, 20), name, name + ".pdf",
                                  name + ".tif", (place.folder() / (name + ".pdf")).string()}) {
    INFO(word);
    CHECK(faxmail::find_archived(archive, word).record.fax.id == fax.id);
  }
  const auto words = [&](const std::string& word) {
    return words_of([&] { static_cast<void>(faxmail::find_archived(archive, word)); });
  };
  CHECK(words("abc") == "an id is abbreviated to at least 4 of its hexadecimal digits");
  const char other = id.back() == '0' ? '1' : '0';
  CHECK(words(id.substr(0, 31) + other).find("there is no fax in the archive whose id begins with") == 0);
  CHECK(words("nothing.pdf").find("there is no record of nothing.pdf in the archive") == 0);
  CHECK(words("../../../etc/passwd").find("there is no record of ../../../etc/passwd in the archive") == 0);
  auto twin = fax;
  std::string digits = id.substr(0, 31) + other;
  twin.id = *base::CallId::parse(digits);
  twin.called = "0815";
  faxmail::file_in(archive, place.job_of(twin));
  CHECK(words(id.substr(0, 8)).find("2 faxes in the archive have ids that begin with") == 0);
  CHECK(faxmail::find_archived(archive, id).record.fax.id == fax.id);
}

TEST_CASE(
    "an archived fax becomes a mail of its own in the queue, with its TIFF, or its PDF where that is gone") {
  Place place;
  const auto fax = place.file();
  const auto archived = faxmail::find_archived(place.spool.archive(), fax.id.text());
  const auto id = faxmail::resend(place.spool, archived, {"b@example.org", "c@example.org"});
  CHECK(id != fax.id);
  Job job = faxmail::load_job(place.spool.job_folder(id), id);
  CHECK(job.resend_to == std::vector<std::string>{"b@example.org", "c@example.org"});
  CHECK(job.step == faxmail::Step::accepted);
  CHECK(unit::text_in(job.folder / "fax.tif") == unit::text_in(place.path_of(fax, ".tif")));
  fs::remove(place.path_of(fax, ".tif"));
  const auto second = faxmail::resend(place.spool, archived, {"b@example.org"});
  job = faxmail::load_job(place.spool.job_folder(second), second);
  CHECK(job.step == faxmail::Step::converted);
  CHECK(job.has_pdf);
  fs::remove(place.path_of(fax, ".pdf"));
  const auto again = [&](const std::vector<std::string>& to) {
    return words_of([&] { faxmail::resend(place.spool, archived, to); });
  };
  CHECK(again({"b@example.org"}).find("are no longer in") != std::string::npos);
  CHECK(again({}).find("say who gets it") == 0);
  CHECK(again({"b@example.org\r\nRCPT TO:<c@d>"}).find("cannot be mailed to") != std::string::npos);
  CHECK(again(std::vector<std::string>(101, "a@example.org")).find("101 people at once") == 0);
  CHECK(place.spool.jobs().size() == 2);
  for (const auto& entry : fs::directory_iterator(place.spool.queue()))
    CHECK(entry.path().filename().string().front() != '.');
}

TEST_CASE("a record that is none is refused with a sentence") {
  Place place;
  const auto fax = place.file();
  const std::string good = unit::text_in(place.path_of(fax, ".json"));
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("{}"), changed("\"version\": 1", "\"version\": 2"),
        changed("\"files\": [", "\"files\": [7, "), changed("\"mails\": []", "\"mails\": {}"),
        changed("\"filed_unix_s\": ", "\"filed_unix_s\": \"x\", \"y\": "),
        changed("\"id\": \"", "\"id\": \"z")}) {
    INFO(bad);
    CHECK_THROWS_AS(static_cast<void>(faxmail::archive_record_from(bad)), base::Failure);
  }
}
