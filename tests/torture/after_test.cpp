// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of the program after a fax: dahdi-faxmail, dahdi-faxmail-after as its socket unit starts it (by
// systemd-socket-activate, without systemd), a mail server, and programs that do well, badly, too long, or never.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "src/handoff/fax_record.hpp"
#include "tests/torture/giver.hpp"
#include "tests/torture/mail_station.hpp"
#include "tests/unit/scratch_folder.hpp"

using scenario::eventually;
using torture::GivenFax;
using torture::Giver;
using torture::HandOver;
namespace fs = std::filesystem;

namespace {

class Story {
 public:
  // `script`: what the program does; FOLDER stands for out(), where it leaves its traces.
  explicit Story(std::string script, double limit_s = 30) {
    for (const char* name : {"inbox", "out", "tmp"})
      fs::create_directory(folder / name);
    while (script.find("FOLDER") != std::string::npos)
      script.replace(script.find("FOLDER"), 6, out().string());
    unit::put_file(folder / "script", "echo $$ >> " + (out() / "runs").string() + "\n" + script);
    server_ = scenario::Process({SMTP_SERVER, "--dir", folder / "inbox"}, folder / "smtp");
    REQUIRE(eventually([this] { return server_.output().find('\n') != std::string::npos; }));
    const auto port = static_cast<unsigned>(std::stoul(server_.output().substr(sizeof "listening on")));
    station.emplace(torture::MailStationSettings{
        folder.path,
        folder / "spool",
        port,
        4,
        {},
        {},
        fmt::format("[after]\nprogram = [\"/bin/sh\", \"{}\"]\nlimit_s = {}\nsocket = \"{}\"\n",
                    (folder / "script").string(), limit_s, (folder / "after.sock").string())});
    REQUIRE(::chmod(config().c_str(), 0644) == 0);
    station->start();
  }

  void start_runner() {
    runner =
        scenario::Process({"/usr/bin/systemd-socket-activate", "--seqpacket", "--accept", "-l",
                           folder / "after.sock", "-E", fmt::format("TMPDIR={}", (folder / "tmp").string()),
                           BUILD_FOLDER "/src/faxmail/dahdi-faxmail-after", "-C", config()},
                          folder / "runner");
    REQUIRE(eventually([this] { return fs::exists(folder / "after.sock"); }));
  }
  GivenFax give() {
    const GivenFax fax = torture::make_given_fax(folder.path, ++given_);
    REQUIRE(Giver(station->socket()).offer(fax) == HandOver::taken);
    return fax;
  }
  [[nodiscard]] fs::path out() const { return folder / "out"; }
  [[nodiscard]] fs::path config() const { return folder / "dahdi-faxmail.conf"; }
  [[nodiscard]] std::size_t runs() const {
    const std::string text = unit::text_in(out() / "runs");
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  [[nodiscard]] std::set<std::string> waiting() const { return unit::names_in(folder / "spool" / "after"); }
  [[nodiscard]] bool mailed(unsigned n) const {
    return eventually([&] { return fs::exists(folder / "inbox" / fmt::format("{:04}.eml", n)); });
  }
  [[nodiscard]] bool said(const std::string& words) const {
    return eventually([&] { return station->process.log().find(words) != std::string::npos; });
  }
  [[nodiscard]] std::string logs() const { return station->process.log() + runner.log(); }
  // The program's doing is over, and nothing of it is left. (What a runner that is killed leaves is systemd's to remove:
  // PrivateTmp=.)
  void check_over() const {
    CHECK_MESSAGE(eventually([this] { return waiting().empty(); }), logs());
    CHECK(eventually([this] { return fs::is_empty(folder / "tmp"); }));
  }

  unit::ScratchFolder folder;
  std::optional<torture::MailStation> station;
  scenario::Process runner;

 private:
  scenario::Process server_;
  unsigned given_ = 0;
};

bool is_gone(const std::string& pid) {
  return eventually([&] { return ::kill(std::stoi(pid), 0) != 0; });
}

std::string only_file_in(const fs::path& folder, const std::string& ending) {
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ending) return entry.path();
  return "";
}

}  // namespace

TEST_CASE(
    "the program gets the record and the files as they are in the archive, once, in a folder of its own") {
  Story story(
      "cat > FOLDER/record; cp \"$1\" FOLDER/pdf; cp \"$2\" FOLDER/tif; basename \"$1\" > FOLDER/name\n"
      "[ \"$#\" = 2 ] && [ \"$PWD\" = \"$(dirname \"$2\")\" ] && mv \"$1\" FOLDER && echo filed as 7 >&2\n");
  story.start_runner();
  const GivenFax fax = story.give();
  CHECK_MESSAGE(story.said("fax " + fax.id.text() + ": /bin/sh has had it: filed as 7"), story.logs());
  story.check_over();
  CHECK(story.mailed(1));
  CHECK(story.runs() == 1);
  const std::string record = unit::text_in(story.out() / "record");
  const handoff::FaxRecord read = handoff::from_json(record);
  CHECK(read.id == fax.id);
  CHECK(read.caller_number == "1");
  CHECK(handoff::to_json(read) == record);
  const fs::path archive = story.folder / "spool" / "archive";
  const fs::path pdf = only_file_in(archive, ".pdf");
  CHECK(unit::text_in(story.out() / "pdf") == unit::text_in(pdf));
  CHECK(unit::text_in(story.out() / "tif") == unit::text_in(fax.tiff));
  CHECK(unit::text_in(story.out() / "name") == pdf.filename().string() + "\n");
  CHECK(fs::exists(story.out() / pdf.filename()));  // it may keep what it got
}

TEST_CASE("a program that fails is logged with its last words, told to the operator, and stops no mail") {
  Story story("echo first >&2; echo 'the archive is away' >&2; exit 3\n");
  story.start_runner();
  const GivenFax fax = story.give();
  CHECK(story.said("ERROR fax " + fax.id.text() + ": /bin/sh failed with code 3: the archive is away"));
  story.check_over();
  CHECK(story.mailed(2));
  const std::string mails =
      unit::text_in(story.folder / "inbox/0001.eml") + unit::text_in(story.folder / "inbox/0002.eml");
  CHECK(mails.find("Subject: The program after a fax failed") != std::string::npos);
  CHECK(mails.find("To: reader@example.org") != std::string::npos);
  CHECK(story.runner.log().find("first\nthe archive is away\n") != std::string::npos);
  CHECK(story.runs() == 1);
}

TEST_CASE("a program that takes too long is ended with all that it started, wherever that has hidden") {
  Story story(
      "sleep 1001 & echo $! >> FOLDER/pids\n"
      "setsid sh -c 'trap \"\" TERM; sleep 1002 & echo $! >> FOLDER/pids; echo $$ >> FOLDER/pids; wait' &\n"
      "trap '' TERM; echo $$ >> FOLDER/pids; echo waiting >&2; sleep 1003; sleep 1004\n",
      1);
  story.start_runner();
  const GivenFax fax = story.give();
  CHECK(story.said("fax " + fax.id.text() + ": /bin/sh was ended, since its 1 s were over: waiting"));
  story.check_over();
  CHECK(story.mailed(1));
  std::istringstream pids(unit::text_in(story.out() / "pids"));
  unsigned count = 0;
  for (std::string pid; pids >> pid; ++count)
    CHECK_MESSAGE(is_gone(pid), pid);
  CHECK(count == 4);
}

TEST_CASE("while nobody runs programs the fax is mailed and waits, over a restart; then it is run") {
  Story story("true\n");
  const GivenFax fax = story.give();
  CHECK(story.mailed(1));
  CHECK(story.said("the program after it is not run now: cannot reach dahdi-faxmail-after"));
  CHECK(story.said("systemctl enable --now dahdi-faxmail-after.socket"));
  CHECK(story.waiting() == std::set<std::string>{fax.id.text()});
  story.station->process.signal(SIGKILL);
  story.station->process.wait();
  story.start_runner();
  story.station->start();
  CHECK(story.said("fax " + fax.id.text() + ": /bin/sh has had it"));
  story.check_over();
  CHECK(story.runs() == 1);
}

TEST_CASE(
    "as long as nobody runs programs the operator is told once, and after five days of each fax by name") {
  Story story("true\n");
  const GivenFax fax = story.give();
  CHECK(story.mailed(1));
  const auto times_said = [&](const char* words) {
    const std::string log = story.station->process.log();
    unsigned count = 0;
    for (std::size_t at = log.find(words); at != std::string::npos; at = log.find(words, at + 1))
      ++count;
    return count;
  };
  for (unsigned tries = 1; tries <= 6; ++tries) {
    story.station->process.signal(SIGHUP);
    CHECK(eventually([&] { return times_said("the configuration was read again") == tries; }));
  }
  CHECK(story.mailed(2));
  const std::string told = unit::text_in(story.folder / "inbox/0002.eml");
  CHECK(told.find("Subject: The program after a fax cannot be run") != std::string::npos);
  CHECK(told.find("1 waits: ") != std::string::npos);
  CHECK(times_said("the program after it is not run now") == 1);

  story.station->process.signal(SIGTERM);
  CHECK(story.station->process.wait() == 0);
  const fs::path waits = story.folder / "spool" / "after" / fax.id.text();
  fs::last_write_time(waits, fs::file_time_type::clock::now() - std::chrono::hours(5 * 24 + 1));
  story.station->start();
  CHECK(story.said("no program is run for it any more, after five days"));
  CHECK(story.mailed(3));
  CHECK(unit::text_in(story.folder / "inbox/0003.eml").find(fax.id.text()) != std::string::npos);
  story.check_over();
}

TEST_CASE("whoever is killed while the program runs: it is ended, and run once more") {
  Story story("[ -e FOLDER/quick ] || { echo $$ > FOLDER/pid; sleep 1001; }\n");
  story.start_runner();
  const GivenFax fax = story.give();
  REQUIRE(eventually([&] { return fs::exists(story.out() / "pid"); }));
  CHECK(story.waiting() == std::set<std::string>{fax.id.text()});

  const auto runner = scenario::descendants_named(story.runner.pid(), "dahdi-faxmail-a");
  REQUIRE(runner.size() == 1);
  ::kill(runner.front(), SIGKILL);
  CHECK(story.said("the program after it is not run now: dahdi-faxmail-after ended without an answer"));
  ::kill(std::stoi(unit::text_in(story.out() / "pid")),
         SIGKILL);  // systemd does that: KillMode=control-group
  REQUIRE(eventually([&] { return story.runs() == 2; }));

  REQUIRE(eventually([&] { return !unit::text_in(story.out() / "pid").empty(); }));
  story.station->process.signal(SIGKILL);
  story.station->process.wait();
  CHECK(is_gone(unit::text_in(story.out() / "pid")));
  unit::put_file(story.out() / "quick", "");
  story.station->start();
  CHECK(story.said("fax " + fax.id.text() + ": /bin/sh has had it"));
  CHECK(story.runs() == 3);
  CHECK(eventually([&] { return story.waiting().empty(); }));
  CHECK(story.mailed(1));
}

TEST_CASE("a stop lets the program finish; a program may ask for another time, with 75") {
  Story story(
      "[ -e FOLDER/go ] || { touch FOLDER/go; echo busy >&2; exit 75; }; echo $$ > FOLDER/pid; sleep 0.5\n");
  story.start_runner();
  const GivenFax fax = story.give();
  CHECK(story.said("the program after it is not run now: failed with code 75: busy"));
  REQUIRE(eventually([&] { return fs::exists(story.out() / "pid"); }));
  story.station->process.signal(SIGTERM);
  CHECK(story.station->process.wait() == 0);
  CHECK(story.said("/bin/sh has had it"));
  CHECK(story.waiting().empty());
  CHECK(story.runs() == 2);
}

TEST_CASE("a configuration that others may write names no program, until it is right again") {
  Story story("true\n");
  story.start_runner();
  REQUIRE(::chmod(story.config().c_str(), 0666) == 0);
  const GivenFax fax = story.give();
  CHECK(story.said("says which program is run, so it must be root's, and nobody else may write it"));
  CHECK(story.mailed(1));
  CHECK(story.runs() == 0);
  REQUIRE(::chmod(story.config().c_str(), 0644) == 0);
  story.station->process.signal(SIGHUP);
  CHECK(story.said("fax " + fax.id.text() + ": /bin/sh has had it"));
  story.check_over();
}
