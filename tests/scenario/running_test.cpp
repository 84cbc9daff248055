// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of running the service: what its lines do now, lines that are blocked and hung up, another configuration
// while calls run, cards that are not there.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <list>
#include <thread>

#include "src/base/unique_fd.hpp"
#include "tests/scenario/office.hpp"

using namespace scenario;
namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

namespace {

struct Said {
  int code;
  std::string out, log;
};

Said operate(Words words, const fs::path& control) {
  std::string folder = (fs::temp_directory_path() / "said.XXXXXX").string();
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  words.insert(words.begin(), program("dahdi-faxrx"));
  words.insert(words.end(), {"--control", control});
  Process process(words, fs::path(folder) / "said");
  const int code = process.wait();
  Said said{code, process.output(), process.log()};
  fs::remove_all(folder);
  return said;
}

json status_of(const fs::path& control) {
  const Said said = operate({"status", "--json"}, control);
  REQUIRE_MESSAGE(said.code == 0, said.log);
  return json::parse(said.out);
}

std::string line_name(const Office& office, int n) {
  return fmt::format("exchange:{}/{}", office.lines().string(), n);
}

// What status shows of line n; null when it is not there.
json line_of(const Office& office, int n) {
  const json status = status_of(office.control());
  for (const json& line : status["lines"])
    if (line["line"] == line_name(office, n)) return line;
  return {};
}

bool line_becomes(const Office& office, int n, const std::string& state) {
  return eventually([&] {
    const json line = line_of(office, n);
    return line.is_object() && line["state"] == state;
  });
}

bool pages_came(const Office& office, int n, unsigned pages) {
  return eventually(
      [&] {
        const json line = line_of(office, n);
        return line.contains("call") && line["call"]["pages"] >= pages;
      },
      std::chrono::seconds(60));
}

void reload(Office& office, const std::string& config) {
  const unsigned before = times(office.faxrx.log(), "the configuration was read again");
  office.configure_faxrx(config);
  office.faxrx.signal(SIGHUP);
  REQUIRE_MESSAGE(
      eventually([&] { return times(office.faxrx.log(), "the configuration was read again") > before; }),
      office.logs());
}

base::UniqueFd connection(const fs::path& path) {
  base::UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

}  // namespace

TEST_CASE("status shows a call that runs: who calls whom, the page, the modem and its speed, how long") {
  Office office({.lines = "1-2"});
  Call running = office.dial({"--pace", "15", ten_pages()});
  REQUIRE_MESSAGE(pages_came(office, 1, 1), office.logs());
  const json line = line_of(office, 1);
  INFO(line.dump(1));
  CHECK(line["state"] == "receiving");
  CHECK(line["blocked"] == false);
  const json& call = line["call"];
  CHECK(call["caller"] == "0301234");
  CHECK(call["called"] == "030987654");
  CHECK(call["station_id"] == "+49 30 1234");
  CHECK(call["modem"] == "V.17");
  CHECK(call["rate_bps"] == 14400);
  CHECK(call["ecm"] == true);
  CHECK(call["rings"] == 1);
  CHECK(call["seconds"] >= 5);
  CHECK(line_of(office, 2)["state"] == "ready");
  const Said table = operate({"status"}, office.control());
  CHECK(table.code == 0);
  for (const char* words : {"LINE", "STATE", "receiving  0301234  030987654  ", "V.17 14400 ECM", "ready"})
    CHECK_MESSAGE(table.out.find(words) != std::string::npos, table.out);
  check_confirmed(running.wait(), {"V.17", 14400, true, 10});
  REQUIRE(line_becomes(office, 1, "ready"));
  CHECK(line_of(office, 1)["calls"] == 1);
}

TEST_CASE("a blocked line: callers hear busy, also after its process died; unblocked, they get through") {
  Office office({.lines = "1"});
  const Said blocked = operate({"block", line_name(office, 1)}, office.control());
  CHECK(blocked.out == "1 line blocked\n");
  REQUIRE(line_becomes(office, 1, "blocked"));
  CHECK(office.call({one_page()}).json["outcome"] == "busy");
  ::kill(office.process_named("faxrx line 1"), SIGKILL);
  REQUIRE(office.log_says("was killed by SIGKILL; starting it again"));
  REQUIRE(line_becomes(office, 1, "blocked"));
  CHECK(office.call({one_page()}).json["outcome"] == "busy");
  CHECK(operate({"unblock", line_name(office, 1)}, office.control()).out == "1 line unblocked\n");
  REQUIRE(line_becomes(office, 1, "ready"));
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
}

TEST_CASE("a line that is blocked in a call: the call goes on to its end") {
  Office office({.lines = "1"});
  Call running = office.dial({"--pace", "15", one_page()});
  REQUIRE(line_becomes(office, 1, "receiving"));
  CHECK(operate({"block", line_name(office, 1)}, office.control()).out ==
        "1 line blocked, 1 in a call that goes on\n");
  CHECK(office.call({one_page()}).json["outcome"] == "busy");
  check_confirmed(running.wait(), {"V.17", 14400, true, 1});
  REQUIRE(line_becomes(office, 1, "blocked"));
}

TEST_CASE("hangup ends one call, whose pages are kept; the other call and the line go on") {
  Office office({.lines = "1-2"});
  Call doomed = office.dial({"--pace", "15", ten_pages()});
  REQUIRE(line_becomes(office, 1, "receiving"));
  Call other = office.dial({"--pace", "40", one_page()});
  REQUIRE_MESSAGE(pages_came(office, 1, 2), office.logs());
  const Said said = operate({"hangup", line_name(office, 1)}, office.control());
  CHECK(said.out == "1 line, 1 in a call: the call is being ended, its pages are kept\n");
  const CallReport ended = doomed.wait();
  CHECK(ended.exit_code == 1);
  CHECK(ended.json["outcome"] == "line_hung_up");
  check_confirmed(other.wait(), {"V.17", 14400, true, 1});
  REQUIRE(eventually([&] { return office.mails() == 2; }));
  const Mail first = office.mail(1);
  const Mail second = office.mail(2);
  const bool first_is_cut = first.text.find("ncomplete") != std::string::npos;
  CHECK(office.has_pages(first_is_cut ? second : first, one_page()));
  CHECK((first_is_cut ? first : second).text.find("ncomplete") != std::string::npos);
  REQUIRE(line_becomes(office, 1, "ready"));
  CHECK(operate({"hangup", line_name(office, 1)}, office.control()).out == "1 line: no call to end\n");
}

TEST_CASE("SIGHUP: a new line starts, a changed one when it is idle, one that is gone ends after its call") {
  Office office({.lines = "", .faxrx = "lines = [\"exchange:LINES/1-2\"]\n"});
  Call on_one = office.dial({"--pace", "15", ten_pages()});
  REQUIRE(line_becomes(office, 1, "receiving"));
  Call on_two = office.dial({"--pace", "15", one_page()});
  REQUIRE(line_becomes(office, 2, "receiving"));
  const pid_t process_of_one = office.process_named("faxrx line 1");
  reload(office, "lines = [\"exchange:LINES/2-3\"]\n[[line]]\nlines = \"exchange:LINES/2\"\nrings = 3\n");
  REQUIRE(line_becomes(office, 3, "ready"));
  CHECK(line_of(office, 1)["ends_when_idle"] == true);
  CHECK(line_of(office, 1)["state"] == "receiving");
  CHECK(line_of(office, 2)["ends_when_idle"] == true);

  check_confirmed(on_two.wait(), {"V.17", 14400, true, 1});  // untouched by its line's new settings
  REQUIRE(line_becomes(office, 2, "ready"));
  CHECK(operate({"block", line_name(office, 3)}, office.control()).code == 0);
  const CallReport three_rings = office.call({one_page()});
  CHECK(three_rings.exit_code == 0);
  CHECK(three_rings.json["answer_seconds"] > 13.0);  // the third ring ends after 2 × 6 s + 2 s

  check_confirmed(on_one.wait(), {"V.17", 14400, true, 10});
  REQUIRE(eventually([&] { return line_of(office, 1).is_null(); }));
  CHECK(::kill(process_of_one, 0) != 0);
  CHECK(operate({"unblock", line_name(office, 1)}, office.control()).code == 65);
  CHECK(office.log_says("the configuration was read again: 3 lines"));
}

TEST_CASE("SIGHUP without a change touches nothing; one that undoes a change neither ends a call") {
  Office office({.lines = "1", .faxrx = "[receive]\nrings = 1\n"});
  const pid_t before = office.process_named("faxrx line 1");
  reload(office, "drain_limit_s = 30\n[receive]\nrings = 1\n");
  CHECK(office.process_named("faxrx line 1") == before);
  Call running = office.dial({"--pace", "15", one_page()});
  REQUIRE(line_becomes(office, 1, "receiving"));
  reload(office, "[receive]\nrings = 2\n");
  reload(office, "");
  check_confirmed(running.wait(), {"V.17", 14400, true, 1});
  REQUIRE(line_becomes(office, 1, "ready"));
  CHECK(office.call({one_page()}).json["answer_seconds"] < 3.0);
  CHECK(times(office.faxrx.log(), "ERROR") == 0);
}

TEST_CASE("SIGHUP with a wrong file: every mistake is said, and the old configuration stays in force") {
  Office office({.lines = "", .faxrx = "lines = [\"exchange:LINES/1\"]\n"});
  office.configure_faxrx("lines = [\"exchange:LINES/1-2\"]\nspol = \"/x\"\n[receive]\nrings = \"two\"\n");
  office.faxrx.signal(SIGHUP);
  REQUIRE(office.log_says("the configuration has 2 mistakes; the old one stays in force"));
  CHECK(office.log_says("did you mean \"spool\"?"));
  CHECK(office.log_says("\"rings\" is a whole number"));
  CHECK(line_of(office, 2).is_null());
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  reload(office, "spool = \"/elsewhere\"\nlines = [\"exchange:LINES/1\"]\nuser = \"nobody\"\n");
  CHECK(office.log_says("another spool, user or control_socket takes effect at the next start"));
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
}

TEST_CASE(
    "SIGHUP with a line that cannot be opened: it is tried until it can, and the others do not notice") {
  Office office({.lines = "", .faxrx = "lines = [\"exchange:LINES/1\"]\n"});
  reload(office, "lines = [\"exchange:LINES/1\", \"exchange:LINES/new/floor/2\"]\n");
  const auto state_of_new = [&office] {
    const json status = status_of(office.control());
    return status["lines"][1]["state"];
  };
  REQUIRE(eventually([&] { return state_of_new() == "cannot_open"; }));
  CHECK(office.log_says("new/floor/2 cannot be opened: "));
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  fs::create_directory(office.lines() / "new");
  REQUIRE(eventually([&] { return state_of_new() == "ready"; }));
  CHECK(office.log_says("new/floor/2 could be opened now"));
  CHECK(times(office.faxrx.log(), "cannot be opened:") == 1);
}

TEST_CASE("seventy lines: status tells of all of them, in several answers") {
  Office office({.lines = "1-70"});
  CHECK(operate({"block", "exchange:" + office.lines().string() + "/1-70"}, office.control()).out ==
        "70 lines blocked\n");
  CHECK(operate({"unblock", line_name(office, 7)}, office.control()).code == 0);
  REQUIRE(line_becomes(office, 7, "ready"));
  REQUIRE(line_becomes(office, 70, "blocked"));
  const json status = status_of(office.control());
  CHECK_FALSE(status.contains("next"));
  REQUIRE(status["lines"].size() == 70);
  for (int n = 1; n <= 70; ++n)
    CHECK(status["lines"][static_cast<std::size_t>(n) - 1]["line"] == line_name(office, n));
}

TEST_CASE("SIGHUP with another hand-off socket: a fax that waits is mailed by way of that one") {
  Office office({.lines = "1"});
  const fs::path folder = office.folder() / "second";
  fs::create_directory(folder);
  const auto configure = [&](const fs::path& handoff) {
    std::ofstream(folder / "conf") << fmt::format("handoff_socket = \"{}\"\n", handoff.string());
  };
  configure(folder / "none.sock");
  Process faxrx({program("dahdi-faxrx"), "-C", folder / "conf", "-c", "exchange:" + folder.string() + "/1",
                 "--spool", folder / "spool", "--control", folder / "control.sock"},
                folder / "faxrx");
  REQUIRE_MESSAGE(eventually([&] { return times(faxrx.log(), "ready:") == 1; }), faxrx.log());
  Process call({program("dahdi-faxcall"), "--line", folder, "--to", "030987654", "--from", "1", one_page()},
               folder / "call");
  REQUIRE(call.wait() == 0);
  REQUIRE(eventually([&] { return times(faxrx.log(), "faxes wait in") == 1; }));
  configure(office.folder() / "handoff.sock");
  faxrx.signal(SIGHUP);
  CHECK(office.has_pages(office.mail(1), one_page()));
  faxrx.signal(SIGTERM);
  CHECK(faxrx.wait(std::chrono::seconds(5)) == 0);
}

TEST_CASE("programs that do what they like on the control socket harm neither a call nor each other") {
  Office office({.lines = "1"});
  Call running = office.dial({"--pace", "20", ten_pages()});
  REQUIRE(line_becomes(office, 1, "receiving"));
  std::list<base::UniqueFd> silent;
  for (int i = 0; i < 40; ++i)
    silent.push_back(connection(office.control()));
  const Said crowded = operate({"status"}, office.control());
  CHECK(crowded.code == 65);
  CHECK(crowded.log.find("too many programs are connected") != std::string::npos);
  silent.clear();
  for (const std::string& said : {std::string(1 << 20, 'x'), std::string(4000, '[') + "\n",
                                  std::string(5000, '\n'), std::string("{\"command\":")}) {
    const base::UniqueFd client = connection(office.control());
    ::send(client.get(), said.data(), said.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    CHECK(line_of(office, 1)["state"] == "receiving");
  }
  check_confirmed(running.wait(), {"V.17", 14400, true, 10});
  CHECK(times(office.faxrx.log(), "ERROR") == 0);
}

TEST_CASE("a line whose process is killed takes calls again within 3 s") {
  Office office({.lines = "1"});
  for (int i = 0; i < 3; ++i) {
    const pid_t before = office.process_named("faxrx line 1");
    const auto killed = Clock::now();
    ::kill(before, SIGKILL);
    REQUIRE(eventually([&] { return office.process_named("faxrx line 1") != before; }));
    REQUIRE(line_becomes(office, 1, "ready"));
    CHECK(Clock::now() - killed < std::chrono::seconds(3));
  }
}

TEST_CASE("cards that are not there: the service stays up, says once what is missing, and status shows it") {
  if (fs::exists("/dev/dahdi/channel")) return;  // a machine with cards
  Office office({.lines = "1"});
  const fs::path folder = office.folder() / "second";
  fs::create_directory(folder);
  const fs::path control = folder / "control.sock";
  Process faxrx({program("dahdi-faxrx"), "-c", "1-2", "-c", "exchange:" + folder.string() + "/1", "--spool",
                 folder / "spool", "--handoff", folder / "none.sock", "--control", control},
                folder / "faxrx");
  REQUIRE_MESSAGE(eventually([&] { return times(faxrx.log(), "ready: 1 of 3 lines") == 1; }), faxrx.log());
  for (const char* words : {"DAHDI", "modprobe", "dahdi_cfg"})
    CHECK_MESSAGE(times(faxrx.log(), words) >= 1, faxrx.log());
  std::this_thread::sleep_for(std::chrono::milliseconds(3500));  // two more tries, after 1 s and 2 s
  CHECK_MESSAGE(times(faxrx.log(), "cannot be opened:") == 1, faxrx.log());
  REQUIRE(faxrx.runs());
  const json lines = status_of(control)["lines"];
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["state"] == "cannot_open");
  CHECK(lines[1]["why"].get<std::string>().find("DAHDI, is not loaded") != std::string::npos);
  CHECK(lines[2]["state"] == "ready");
  const Said table = operate({"status"}, control);
  CHECK_MESSAGE(times(table.out, "1, 2 cannot be opened: there is no /dev/dahdi") == 1, table.out);
  CHECK(operate({"block", "1"}, control).out == "1 line blocked\n");
  faxrx.signal(SIGTERM);
  CHECK(faxrx.wait(std::chrono::seconds(5)) == 0);
}

TEST_CASE("when no service runs, status says so in one sentence") {
  const Said said = operate({"status"}, "/tmp/nobody-is-here.sock");
  CHECK(said.code == 69);
  CHECK(said.out.empty());
  CHECK(said.log ==
        "dahdi-faxrx: the service does not run: nobody is at its control socket, "
        "/tmp/nobody-is-here.sock (--control names another)\n");
}
