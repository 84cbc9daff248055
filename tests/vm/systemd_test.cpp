// SPDX-License-Identifier: GPL-2.0-or-later
// The installed units under a real systemd, in the guest: users, folders, sandbox, socket, notifications, watchdog, reload
// and stop, and a fax from a ringing line into a mailbox. What tests/conf can only imitate.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/scenario/process.hpp"
#include "tests/torture/mail_sink.hpp"

namespace {

namespace fs = std::filesystem;
using scenario::eventually;
using Words = std::vector<std::string>;
using namespace std::chrono_literals;

const fs::path here = "/run/story", mails = here / "mails", after = here / "after";
constexpr auto limit = 120s;  // a start of systemd's own takes seconds in the guest

// A program of the guest's: its output, and it must end well.
std::string run(const Words& words, int code = 0) {
  static unsigned count = 0;
  Words command = {"/usr/bin/env"};
  command.insert(command.end(), words.begin(), words.end());
  scenario::Process process(command, here / fmt::format("run{}", ++count));
  const int got = process.wait(limit);
  INFO(fmt::format("{}: {} {}", fmt::join(words, " "), process.output(), process.log()));
  CHECK(got == code);
  return process.output();
}

std::string property(const std::string& unit, const std::string& name) {
  std::string value = run({"systemctl", "show", "--value", "-p", name, unit});
  while (!value.empty() && value.back() == '\n')
    value.pop_back();
  return value;
}

std::string journal(const std::string& unit) {
  return run({"journalctl", "--no-pager", "-o", "cat", "-u", unit});
}

void configure(unsigned port, const std::string& more) {
  std::ofstream(fs::path(CONFIG_FOLDER) / "dahdi-faxmail.conf") << fmt::format(
      "[mail]\noperator = \"operator@example.org\"\n[smtp]\nserver = \"127.0.0.1\"\nport = {}\n"
      "[after]\nprogram = [\"/bin/sh\", \"-c\", \"cp \\\"$0\\\" \\\"$1\\\" {}/ && id -un > {}/who\"]\n{}",
      port, after.string(), after.string(), more);
}

// The machine as its operator has set it up, by the words of the README; the units from DESTDIR.
struct Machine {
  Machine() {
    for (const fs::path& folder : {mails, after})
      fs::create_directories(folder);
    fs::permissions(after, fs::perms::all);
    sink.emplace(mails);
    run({"systemd-sysusers"});
    run({"systemd-tmpfiles", "--create"});
    configure(sink->port(), "");
    std::ofstream(fs::path(CONFIG_FOLDER) / "dahdi-faxrx.conf")
        << "lines = [\"exchange:/run/dahdi-faxrx/exchange/1-2\"]\n";
    // Fed every few seconds, so that a story can see it.
    for (const char* unit : {"dahdi-faxrx", "dahdi-faxmail"}) {
      const fs::path folder = fs::path("/run/systemd/system") / (std::string(unit) + ".service.d");
      fs::create_directories(folder);
      std::ofstream(folder / "story.conf") << "[Service]\nWatchdogSec=6\nRestartSec=100ms\n";
    }
    run({"systemctl", "daemon-reload"});
  }
  std::optional<torture::MailSink> sink;
};

scenario::Process call(const std::string& name, const char* fax) {
  return {{FAXCALL, "--json", "-v", "--line", "/run/dahdi-faxrx/exchange", "--to", "030987654", "--from",
           "0301234", fs::path(TEST_PAGES) / fax},
          here / name};
}

std::size_t mails_there() {
  std::size_t count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(mails))
    count += entry.path().extension() == ".eml" ? 1 : 0;
  return count;
}

std::string all_of_the_journal() {
  return journal("dahdi-faxrx") + journal("dahdi-faxmail") + journal("dahdi-faxmail.socket") +
         journal("dahdi-faxmail-after@*");
}

bool is_fed(const std::string& unit) {
  const std::string before = property(unit, "WatchdogTimestampMonotonic");
  return eventually([&] { return property(unit, "WatchdogTimestampMonotonic") != before; }, 30s);
}

}  // namespace

TEST_CASE("both units work under a real systemd, from the first start to the last stop") {
  Machine machine;

  run({"systemctl", "start", "dahdi-faxmail.socket", "dahdi-faxmail-after.socket", "dahdi-faxrx"});
  CHECK(property("dahdi-faxrx", "ActiveState") == "active");
  CHECK(property("dahdi-faxrx", "Type") == "notify");
  CHECK(property("dahdi-faxmail.socket", "SubState") == "listening");
  CHECK(property("dahdi-faxmail", "ActiveState") == "inactive");

  // The fax's hand-off starts dahdi-faxmail, which takes systemd's socket.
  scenario::Process first = call("first", "one.tif");
  CHECK(first.wait(limit) == 0);
  REQUIRE_MESSAGE(eventually([] { return mails_there() == 1; }, limit), all_of_the_journal());
  CHECK(property("dahdi-faxmail", "ActiveState") == "active");
  CHECK(property("dahdi-faxmail", "TriggeredBy") == "dahdi-faxmail.socket");
  CHECK(property("dahdi-faxmail", "User") == "dahdi-faxmail");
  CHECK(scenario::text_of(fs::directory_iterator(mails)->path()).find("application/pdf") !=
        std::string::npos);
  CHECK(journal("dahdi-faxmail").find("no Landlock") == std::string::npos);

  // The program after a fax was run by its own unit, as its own user, with files whose owner it is not.
  CHECK_MESSAGE(eventually([] { return scenario::text_of(after / "who") == "dahdi-faxmail-after\n"; }, limit),
                all_of_the_journal());
  std::size_t files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(after))
    files += entry.path().extension() == ".pdf" || entry.path().extension() == ".tif" ? 1 : 0;
  CHECK(files == 2);

  // The watchdog is fed by both; when one stands still, systemd starts it again.
  CHECK(is_fed("dahdi-faxrx"));
  CHECK(is_fed("dahdi-faxmail"));
  CHECK(property("dahdi-faxrx", "NRestarts") == "0");
  CHECK(property("dahdi-faxmail", "NRestarts") == "0");
  run({"systemctl", "kill", "--kill-whom=main", "--signal=SIGSTOP", "dahdi-faxmail"});
  CHECK_MESSAGE(eventually([] { return property("dahdi-faxmail", "NRestarts") == "1"; }, 60s),
                all_of_the_journal());
  CHECK(eventually([] { return property("dahdi-faxmail", "ActiveState") == "active"; }, 60s));

  // A reload of both: another recipient from now on, and the service is the same process.
  const std::string process = property("dahdi-faxmail", "MainPID");
  configure(machine.sink->port(), "[[route]]\nmatch = \"_X.\"\nto = \"sales@example.org\"\n");
  run({"systemctl", "reload", "dahdi-faxmail", "dahdi-faxrx"});
  CHECK(eventually(
      [] { return journal("dahdi-faxmail").find("the configuration was read again") != std::string::npos; },
      limit));
  CHECK(property("dahdi-faxmail", "MainPID") == process);

  // Stopped in the middle of a call, dahdi-faxrx lets it finish; the fax is mailed.
  scenario::Process second = call("second", "ten.tif");
  CHECK_MESSAGE(eventually([&] { return second.log().find(" confirmed") != std::string::npos; }, limit),
                second.log());
  CHECK(second.runs());
  run({"systemctl", "stop", "dahdi-faxrx"});
  CHECK_MESSAGE(second.wait(limit) == 0, second.log() << all_of_the_journal());
  REQUIRE_MESSAGE(eventually([] { return mails_there() == 2; }, limit), all_of_the_journal());
  bool to_sales = false;
  for (const fs::directory_entry& entry : fs::directory_iterator(mails))
    to_sales = to_sales || scenario::text_of(entry.path()).find("sales@example.org") != std::string::npos;
  CHECK(to_sales);

  run({"systemctl", "stop", "dahdi-faxmail.socket", "dahdi-faxmail"});
  for (const char* unit : {"dahdi-faxrx", "dahdi-faxmail"}) {
    CAPTURE(unit);
    CHECK_MESSAGE(property(unit, "ActiveState") == "inactive", all_of_the_journal());
    CHECK(property(unit, "Result") == "success");
    CHECK(property(unit, "ExecMainStatus") == "0");
  }

  // In tenths, and as systemd itself counts, with the units that are in force.
  run({"systemd-analyze", "security", "--no-pager", "--threshold=25", "dahdi-faxrx"});
  run({"systemd-analyze", "security", "--no-pager", "--threshold=15", "dahdi-faxmail"});
}
