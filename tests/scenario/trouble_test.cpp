// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of trouble: processes die, mail servers go away, and no fax is lost.
#include <doctest/doctest.h>

#include <csignal>
#include <thread>

#include "tests/scenario/office.hpp"

using namespace scenario;
namespace fs = std::filesystem;

TEST_CASE("the mail server is away for a while: the fax waits and is mailed when it is back") {
  Office office({.smtp_runs = false});
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.log_says("handed over"));
  CHECK(office.log_says("Connection refused"));
  CHECK(office.mails() == 0);
  office.start_smtp();
  CHECK(office.has_pages(office.mail(1), one_page()));
}

TEST_CASE(
    "the mail server refuses one of two recipients: the other has the fax, the operator has it and the "
    "server's words") {
  Office office(
      {.smtp = {"--refuse", "gone@example.org"},
       .routes = "[[route]]\nmatch = \"030987654\"\nto = [\"gone@example.org\", \"here@example.org\"]\n"});
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  const Mail first = office.mail(1);
  const Mail second = office.mail(2);
  CHECK(first.envelope["to"] == nlohmann::json({"here@example.org"}));
  CHECK(second.envelope["to"] == nlohmann::json({"operator@example.org"}));
  CHECK(office.has_pages(first, one_page()));
  CHECK(office.has_pages(second, one_page()));
  CHECK(second.text.find("no such user here") != std::string::npos);
}

TEST_CASE("a called number without a route goes to the operator, never nowhere") {
  Office office({.routes = "[[route]]\nmatch = \"4711\"\nto = [\"somebody@example.org\"]\n"});
  check_confirmed(office.call({"--to", "0815", one_page()}), {"V.17", 14400, true, 1});
  const Mail mail = office.mail(1);
  CHECK(mail.envelope["to"] == nlohmann::json({"operator@example.org"}));
  CHECK(office.has_pages(mail, one_page()));
}

TEST_CASE("the line process is killed in a call: the line is ready again, the other calls don't notice") {
  Office office({.lines = "1-2"});
  Call doomed = office.dial({"--pace", "8", one_page()});
  REQUIRE(office.log_says("1: answered"));
  std::vector<Call> others;
  others.push_back(office.dial({ten_pages()}));
  ::kill(office.process_named("faxrx line 1"), SIGKILL);
  const CallReport lost = doomed.wait();
  CHECK(lost.exit_code == 1);
  CHECK(lost.json["outcome"] == "line_hung_up");
  check_confirmed(others[0].wait(), {"V.17", 14400, true, 10});
  CHECK(office.has_pages(office.mail(1), ten_pages()));

  REQUIRE(office.log_says("was killed by SIGKILL; starting it again"));
  office.process_named("faxrx line 1");
  // Line 1 takes a call again: with line 2 taken there is no other.
  Call on_one_of_them = office.dial({"--real-time", "--silent", "600"});
  REQUIRE(eventually([&] { return office.call({one_page()}).exit_code == 0; }));
  CHECK(office.has_pages(office.mail(2), one_page()));
}

TEST_CASE(
    "the line process is killed after page 2 of ten: the two pages are mailed once, as an incomplete fax") {
  Office office({.lines = "1"});
  Call call = office.dial({"--pace", "20", ten_pages()});
  const auto page_is_there = [&] {
    for (const auto& entry : fs::recursive_directory_iterator(office.fax_spool() / "incoming",
                                                              fs::directory_options::skip_permission_denied))
      if (entry.path().filename() == "0002.tif") return true;
    return false;
  };
  REQUIRE_MESSAGE(eventually(page_is_there, std::chrono::seconds(60)), office.logs());
  ::kill(office.process_named("faxrx line 1"), SIGKILL);
  CHECK(call.wait().exit_code == 1);
  const Mail mail = office.mail(1);
  CHECK(office.has_pages(mail, ten_pages(), {"--pages", "1-2"}));
  CHECK(mail.text.find("ncomplete") != std::string::npos);
  REQUIRE(
      eventually([&] { return office.call({one_page()}).exit_code == 0; }));  // busy until it is there again
  CHECK(office.has_pages(office.mail(2), one_page()));
}

TEST_CASE(
    "the page process is killed in a call: the caller hears no end of page, and the line is ready again") {
  Office office({.lines = "1"});
  Call doomed = office.dial({"--pace", "8", one_page()});
  REQUIRE(office.log_says("1: answered"));
  ::kill(office.process_named("faxrx page 1"), SIGKILL);
  const CallReport lost = doomed.wait();
  CHECK(lost.json["pages_confirmed"] == 0);
  REQUIRE(eventually([&] { return office.call({one_page()}).exit_code == 0; }));
  CHECK(office.has_pages(office.mail(1), one_page()));
}

TEST_CASE(
    "a disk that stands still holds up one call; when it is back, the page is stored and then confirmed") {
  Office office({.lines = "1-2"});
  const pid_t page_process = office.process_named("faxrx page 1");
  Call slow = office.dial({"--pace", "20", one_page()});
  REQUIRE(office.log_says("CNG heard"));
  ::kill(page_process, SIGSTOP);
  check_confirmed(office.call({ten_pages()}), {"V.17", 14400, true, 10});  // line 2 does not notice
  CHECK(office.has_pages(office.mail(1), ten_pages()));
  ::kill(page_process, SIGCONT);
  check_confirmed(slow.wait(), {"V.17", 14400, true, 1});
  CHECK(office.has_pages(office.mail(2), one_page()));
}

TEST_CASE("a disk that stands still for longer: no page is confirmed, and when it is back nothing is lost") {
  Office office({.lines = "1"});
  const pid_t page_process = office.process_named("faxrx page 1");
  Call slow = office.dial({"--pace", "20", one_page()});
  REQUIRE(office.log_says("CNG heard"));
  ::kill(page_process, SIGSTOP);
  const CallReport call = slow.wait();  // 10 s, then a minute of "not ready" in the line's own time
  CHECK(call.exit_code == 1);
  CHECK(call.json["pages_confirmed"] == 0);
  ::kill(page_process, SIGCONT);
  CHECK(office.has_pages(office.mail(1), one_page()));
  CHECK(office.log_says("not_stored"));
}

TEST_CASE(
    "dahdi-faxmail is killed and comes back: what was received meanwhile waits, and each fax is mailed "
    "once") {
  Office office;
  office.faxmail.signal(SIGKILL);
  office.faxmail.wait();
  for (int i = 0; i < 3; ++i)
    check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.log_says("faxes wait in"));
  office.start_faxmail();
  for (unsigned n = 1; n <= 3; ++n)
    CHECK(office.has_pages(office.mail(n), one_page()));
  REQUIRE(eventually([&] { return fs::is_empty(office.fax_spool() / "ready"); }));
  CHECK(office.mails() == 3);
}

TEST_CASE("the spool process is killed: it starts again and hands over what waits") {
  Office office;
  ::kill(office.process_named("faxrx spool"), SIGKILL);
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.has_pages(office.mail(1), one_page()));
}

TEST_CASE("the service is stopped in a call: the call ends by itself, no new one comes, the fax is mailed") {
  Office office({.lines = "1-2"});
  Call running = office.dial({"--pace", "8", one_page()});
  REQUIRE(office.log_says("answered"));
  office.faxrx.signal(SIGTERM);
  REQUIRE(office.log_says("no new calls"));
  REQUIRE(eventually([&] { return office.call({one_page()}).exit_code == 69; }));
  check_confirmed(running.wait(), {"V.17", 14400, true, 1});
  CHECK(office.faxrx.wait() == 0);
  CHECK(office.has_pages(office.mail(1), one_page()));
}

TEST_CASE("a second SIGTERM ends the call now, and the pages so far are kept") {
  Office office({.lines = "1"});
  Call running = office.dial({"--pace", "20", "--no-ecm", ten_pages()});
  REQUIRE_MESSAGE(
      eventually([&] { return office.faxrx.log().find("page 1 answered with MCF") != std::string::npos; },
                 std::chrono::seconds(60)),
      office.logs());
  office.faxrx.signal(SIGTERM);
  REQUIRE(office.log_says("no new calls"));
  std::this_thread::sleep_for(
      std::chrono::milliseconds(500));  // page 2 is on its way: 10 s of the line's time
  office.faxrx.signal(SIGTERM);
  CHECK(running.wait().exit_code == 1);
  CHECK(office.faxrx.wait() == 0);
  CHECK(office.has_pages(office.mail(1), ten_pages(), {"--pages", "1-2", "--partial-last"}));
}

TEST_CASE("everything is killed in a call and starts again: pages on disk become one incomplete fax") {
  Office office({.lines = "1"});
  Call running = office.dial({"--pace", "20", "--no-ecm", ten_pages()});
  REQUIRE_MESSAGE(
      eventually([&] { return office.faxrx.log().find("page 1 answered with MCF") != std::string::npos; },
                 std::chrono::seconds(60)),
      office.logs());
  // As a power cut does it: all processes at the same moment, so that none sees another's end.
  const pid_t line = office.process_named("faxrx line 1");
  const pid_t page = office.process_named("faxrx page 1");
  const pid_t spool = office.process_named("faxrx spool");
  for (const int signal : {SIGSTOP, SIGKILL})
    for (const pid_t pid : {office.faxrx.pid(), spool, page, line})
      ::kill(pid, signal);
  office.faxrx.wait();
  CHECK(running.wait().exit_code == 1);
  office.start_faxrx();
  CHECK(office.has_pages(office.mail(1), ten_pages(), {"--pages", "1"}));
  CHECK(office.log_says("was left unfinished"));
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.has_pages(office.mail(2), one_page()));
  CHECK(office.mails() == 2);
}
