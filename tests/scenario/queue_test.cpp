// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of the queue: what the operator sees and does, and what the mail server's moods come to.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <csignal>
#include <map>
#include <regex>
#include <set>
#include <thread>

#include "tests/scenario/office.hpp"

using namespace scenario;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

struct Said {
  int code;
  std::string out, log;
};

// `answer`: what is typed when it asks.
Said operate(const Office& office, const Words& words, const std::string& answer = "") {
  const fs::path said = office.folder() / "said";
  for (const char* stream : {".out", ".log"})
    fs::remove(said.string() + stream);
  Words command = {"/bin/sh", "-c", "printf '%s\\n' \"$0\" | \"$@\"", answer, program("dahdi-faxmail")};
  command.insert(command.end(), words.begin(), words.end());
  command.insert(command.end(), {"--spool", office.mail_spool()});
  Process process(command, said);
  const int code = process.wait();
  return {code, process.output(), process.log()};
}

json mails(const Office& office) {
  const Said said = operate(office, {"queue", "--json"});
  REQUIRE_MESSAGE(said.code == 0, said.log);
  return json::parse(said.out)["mails"];
}

std::string the_only_mail(const Office& office) {
  REQUIRE(eventually([&] { return mails(office).size() == 1; }));
  return mails(office)[0]["id"];
}

// What "ls queue" shows of the states.
std::set<std::string> states(const Office& office) {
  std::set<std::string> found;
  for (const auto& entry : fs::directory_iterator(office.mail_spool() / "queue"))
    found.insert(entry.path().extension());
  return found;
}

void stop_faxmail(Office& office) {
  office.faxmail.signal(SIGTERM);
  CHECK(office.faxmail.wait() == 0);
}

}  // namespace

TEST_CASE(
    "one of two recipients is greylisted: the other has his mail at once, and the second mail is the first "
    "one") {
  Office office({.smtp = {"--grey", "grey@example.org=2"},
                 .routes = "[[route]]\nmatch = \"_X.\"\nto = [\"a@example.org\", \"grey@example.org\"]\n"});
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  const Mail first = office.mail(1), second = office.mail(2);
  CHECK(first.envelope["to"] == json({"a@example.org"}));
  CHECK(second.envelope["to"] == json({"grey@example.org"}));
  CHECK(first.text == second.text);
  REQUIRE(eventually([&] { return mails(office).empty(); }));
}

TEST_CASE("the operator looks at the queue, holds a mail, lets it go, and says what is to be tried now") {
  Office office({.smtp_runs = false});
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  const std::string id = the_only_mail(office);
  REQUIRE(eventually(
      [&] { return mails(office)[0]["recipients"].size() == 1 && mails(office)[0]["doing"] == ""; }));
  const Said table = operate(office, {"queue"});
  CHECK(table.out.find(id.substr(0, 8)) != std::string::npos);
  CHECK(table.out.find("0301234 to 030987654, 1 page") != std::string::npos);
  CHECK(table.out.find("reception@example.org: waiting") != std::string::npos);
  const Said shown = operate(office, {"show", id.substr(0, 5)});
  CHECK(shown.code == 0);
  CHECK(shown.out.find("ID          " + id) == 0);
  CHECK(json::parse(operate(office, {"show", id, "--json"}).out)["mail"]["fax"]["called"] == "030987654");

  CHECK(operate(office, {"hold", id.substr(0, 5)}).code == 0);
  REQUIRE(eventually([&] { return states(office) == std::set<std::string>{".held"}; }));
  office.start_smtp();
  CHECK(operate(office, {"retry"}).code == 0);  // all but what is held
  const Said held = operate(office, {"retry", id});
  CHECK(held.code == 65);
  CHECK(held.log ==
        fmt::format("dahdi-faxmail: mail {0} is held; let it go first: dahdi-faxmail release {0}\n", id));
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // more than the longest interval here
  CHECK(office.mails() == 0);
  CHECK(operate(office, {"release", id}).out == id + " is released\n");
  CHECK(office.has_pages(office.mail(1), one_page()));
  REQUIRE(eventually([&] { return operate(office, {"queue"}).out == "the queue is empty\n"; }));

  const Said nothing = operate(office, {"show", id});
  CHECK(nothing.code == 65);
  CHECK(nothing.log.find("no mail in the queue has an id that begins with") != std::string::npos);
  CHECK(operate(office, {"hold"}).code == 64);
}

TEST_CASE("the service does not run: its queue is looked at and changed all the same, and it finds it so") {
  Office office({.smtp_runs = false});
  check_confirmed(office.call({"--to", "111", one_page()}), {"V.17", 14400, true, 1});
  const std::string held = the_only_mail(office);
  check_confirmed(office.call({"--to", "222", one_page()}), {"V.17", 14400, true, 1});
  REQUIRE(eventually(
      [&] { return mails(office).size() == 2 && states(office) == std::set<std::string>{".waiting"}; }));
  const std::string dropped = mails(office)[mails(office)[0]["id"] == held ? 1 : 0]["id"];
  stop_faxmail(office);

  const Said table = operate(office, {"queue"});
  CHECK(table.code == 0);
  CHECK(table.out.find("2 mails\n") != std::string::npos);
  CHECK(table.out.find("The service does not run") != std::string::npos);
  CHECK(operate(office, {"hold", held}).code == 0);
  const Said asked = operate(office, {"drop", dropped}, "n");
  CHECK(asked.code == 1);
  CHECK(asked.log.find("Drop it? [y/N] nothing was dropped\n") != std::string::npos);
  CHECK(mails(office).size() == 2);
  CHECK(operate(office, {"drop", dropped}, "y").out == dropped + " is dropped\n");
  CHECK(mails(office).size() == 1);

  office.start_smtp();
  office.start_faxmail();
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  CHECK(office.mails() == 0);
  CHECK(mails(office)[0]["state"] == "held");
  stop_faxmail(office);
  CHECK(operate(office, {"release", held})
            .out.find("the service does not run, and takes it up when it starts") != std::string::npos);
  office.start_faxmail();
  office.mail(1);
  REQUIRE(eventually([&] { return mails(office).empty(); }));
  CHECK(office.mails() == 1);
  const Said nowhere = operate(office, {"queue", "--spool", "/nowhere"});
  CHECK(nowhere.code != 0);
}

TEST_CASE("drop: asks, or not, and what is dropped is gone for good") {
  Office office({.smtp_runs = false});
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  const std::string id = the_only_mail(office);
  CHECK(operate(office, {"drop", id}).code == 1);  // no answer is no
  CHECK(operate(office, {"drop", "--yes", id}).code == 0);
  CHECK(states(office).empty());
  office.start_smtp();
  CHECK(office.log_says("mail " + id + " is dropped, by uid"));
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  office.mail(1);
  CHECK(office.mails() == 1);
}

TEST_CASE("a fax is too big for the server: it comes in parts, with every page once") {
  Office office({.smtp = {"--size", "70000"}});
  check_confirmed(office.call({ten_pages()}), {"V.17", 14400, true, 10});
  const Mail first = office.mail(1);
  REQUIRE(eventually([&] { return mails(office).empty(); }));
  const unsigned parts = office.mails();
  REQUIRE(parts >= 2);
  std::map<unsigned, std::string> pages;  // by the part's number
  for (unsigned n = 1; n <= parts; ++n) {
    const Mail mail = office.mail(n);
    CHECK(mail.text.size() <= 70'000);
    std::smatch told;
    const std::regex form(R"(This is part (\d+) of (\d+): pages? (\d+)( to (\d+))? of 10\.)");
    REQUIRE(std::regex_search(mail.text, told, form));
    CHECK(told[2] == std::to_string(parts));
    const std::string last = told[5].matched ? told[5] : told[3];
    pages[static_cast<unsigned>(std::stoul(told[1]))] = last;
    CHECK(office.has_pages(mail, ten_pages(), {"--pages", told[3].str() + "-" + last}));
    CHECK(mail.text.find(fmt::format("(part {} of {})", told[1].str(), parts)) != std::string::npos);
  }
  CHECK(pages.size() == parts);
  CHECK(pages[parts] == "10");
}

TEST_CASE(
    "a server that takes no mail of a single page: recipient and operator hear where it is, and it stays") {
  Office office({.smtp_lines = "largest_mail_bytes = 64000\n"});
  check_confirmed(office.call({sample()}), {"V.17", 14400, true, 3});
  office.mail(2);
  REQUIRE(eventually([&] { return states(office) == std::set<std::string>{".too-big"}; }));
  const std::string id = the_only_mail(office);
  for (unsigned n = 1; n <= 2; ++n)
    CHECK(office.mail(n).text.find("/archive/030987654/") != std::string::npos);
  CHECK(office.log_says("is too big for the mail and is kept in"));
  CHECK(operate(office, {"drop", "--yes", id}).code == 0);
  CHECK(office.mails() == 2);
}

TEST_CASE(
    "the server wants a login that nobody set: said once, nothing is lost, and over when it is mended") {
  Office office({.smtp = {"--login-required"}});
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.log_says("NO MAIL GOES OUT by 127.0.0.1"));
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  CHECK(times(office.faxmail.log(), "NO MAIL GOES OUT") == 1);
  CHECK(operate(office, {"queue"}).out.find("No mail goes out by 127.0.0.1") != std::string::npos);
  office.restart_smtp({});
  office.faxmail.signal(SIGHUP);
  office.mail(2);
  CHECK(office.log_says("takes our mail again"));
  REQUIRE(eventually([&] { return mails(office).empty(); }));
}

TEST_CASE("nobody takes it, not even the operator: it stays and is told; the operator's hand sends it on") {
  Office office({.smtp = {"--refuse", "gone@example.org", "--refuse", "operator@example.org"},
                 .routes = "[[route]]\nmatch = \"_X.\"\nto = [\"gone@example.org\"]\n"});
  check_confirmed(office.call({one_page()}), {"V.17", 14400, true, 1});
  CHECK(office.log_says(
      "nobody takes it, not even the operator: operator@example.org (550 5.1.1 no such user here)"));
  REQUIRE(eventually([&] { return states(office) == std::set<std::string>{".undeliverable"}; }));
  office.restart_smtp({});
  CHECK(operate(office, {"retry", the_only_mail(office)}).code == 0);
  const Mail mail = office.mail(1);
  CHECK(mail.envelope["to"] == json({"operator@example.org"}));
  CHECK(office.has_pages(mail, one_page()));
  CHECK(mail.text.find("gone@example.org: 550 5.1.1 no such user here") != std::string::npos);
}
