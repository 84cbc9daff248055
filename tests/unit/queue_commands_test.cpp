// SPDX-License-Identifier: GPL-2.0-or-later
// The operator's hand in the queue: his commands, as the service answers them.
#include <doctest/doctest.h>

#include "src/faxmail/queue/answers.hpp"
#include "src/faxmail/queue/operate.hpp"
#include "tests/unit/queue_parts.hpp"

using faxmail::Hold;
using Json = nlohmann::ordered_json;
using namespace queue_parts;

namespace {

struct OfficeWithoutServer {
  OfficeWithoutServer() {
    office.settings().operator_address = "boss@example.org";
    office.settings().routes = {route_to({"a@example.org", "b@example.org"})};
    office.start();
  }
  static faxmail::Smtp nobody() {
    faxmail::Smtp smtp;
    smtp.server = "127.0.0.1";
    smtp.port = mail_parts::dead_port;
    return smtp;
  }
  Json ask(const Json& request) {
    return Json::parse(queue_answer(request.dump(), {0, ::getpid()}, office.queue()));
  }
  Json ask(const char* command, const std::string& id) { return ask({{"command", command}, {"id", id}}); }
  std::string error(const Json& request) { return ask(request).value("error", ""); }
  // A fax whose mail was tried once and waits.
  base::CallId waiting() {
    const auto id = office.take();
    REQUIRE(office.run_until([&] { return office.tries(id) >= 1; }));
    return id;
  }

  ScratchFolder folder;
  Office office{folder, nobody()};
};

}  // namespace

TEST_CASE_FIXTURE(OfficeWithoutServer,
                  "queue lists what waits: age, fax, recipients, last answer, next try") {
  const auto id = waiting();
  const Json answer = ask({{"command", "queue"}});
  REQUIRE(answer["mails"].size() == 1);
  const Json& mail = answer["mails"][0];
  CHECK(mail["id"] == id.text());
  CHECK(mail["state"] == "waiting");
  CHECK(mail["doing"] == "");
  CHECK(mail["age_s"] >= 0);
  CHECK(mail["next_try_in_s"] > 30);
  CHECK(mail["fax"]["caller"] == "0307654321");
  CHECK(mail["fax"]["called"] == "0301234569");
  CHECK(mail["fax"]["pages"] == 1);
  REQUIRE(mail["recipients"].size() == 2);
  CHECK(mail["recipients"][1]["address"] == "b@example.org");
  CHECK(mail["recipients"][1]["state"] == "waiting");
  CHECK(mail["recipients"][1]["tries"] == 1);
  CHECK(mail["recipients"][1]["last_answer"] == "cannot talk to 127.0.0.1:1: Connection refused");
  const std::string table = faxmail::queue_table(answer);
  CHECK(table.find(id.text().substr(0, 8) + "  ") != std::string::npos);
  CHECK(table.find("0307654321 to 0301234569, 1 page\n") != std::string::npos);
  CHECK(table.find("b@example.org: waiting (1 try, next in ") != std::string::npos);
  CHECK(table.find("1 mail\n") != std::string::npos);
}

TEST_CASE_FIXTURE(OfficeWithoutServer, "a held mail is left alone until it is released, over a restart too") {
  const auto id = waiting();
  CHECK(ask("hold", id.text().substr(0, 6))["mail"]["state"] == "held");
  CHECK(office.state(id) == ".held");
  CHECK(error({{"command", "hold"}, {"id", id.text()}}) == fmt::format("mail {} is held already", id.text()));
  CHECK(error({{"command", "retry"}, {"id", id.text()}}) ==
        fmt::format("mail {0} is held; let it go first: dahdi-faxmail release {0}", id.text()));
  CHECK(ask("retry", "all")["mails"] == 1);
  office.end();
  const SmtpServer server(folder / "store");
  office.settings().smtp.port = server.port();
  office.start();
  office.run_until([] { return false; }, 1s);
  CHECK(server.mails() == 0);
  CHECK(office.state(id) == ".held");
  CHECK(ask("release", id.text())["mail"]["id"] == id.text());
  REQUIRE(office.run_until_empty());
  CHECK(server.mails() == 1);
}

TEST_CASE_FIXTURE(
    OfficeWithoutServer,
    "a fax that is held before its PDF is made keeps its place, and a mail that is being mailed too") {
  const auto id = office.take();  // its PDF is being made at this moment
  CHECK(ask("show", id.text())["mail"]["doing"] == "making_pdf");
  CHECK(ask("hold", id.text())["mail"]["state"] == "held");
  REQUIRE(office.run_until([&] { return ask("show", id.text())["mail"]["doing"] == ""; }));
  CHECK(office.state(id) == ".held");
  CHECK(office.job(id).step == faxmail::Step::converted);
  ask("release", id.text());
  REQUIRE(office.run_until([&] { return office.tries(id) >= 1; }));
  CHECK(office.state(id) == ".waiting");
}

TEST_CASE_FIXTURE(OfficeWithoutServer,
                  "retry tries at once, one mail or all; a server that is back takes them") {
  const auto first = waiting();
  const auto second = waiting();
  CHECK(ask("show", first.text())["mail"]["next_try_in_s"] > 30);
  const SmtpServer server(folder / "store");
  office.settings().smtp.port = server.port();
  ask("retry", first.text());
  REQUIRE(office.run_until([&] { return server.mails() == 1 && office.queue().size() == 1; }));
  CHECK(office.spool().has_job(second));
  CHECK(ask("retry", "all")["mails"] == 1);
  REQUIRE(office.run_until_empty());
  CHECK(server.mails() == 2);
}

TEST_CASE_FIXTURE(OfficeWithoutServer,
                  "drop takes a mail out, its id is remembered, and a worker that is at it ends") {
  const auto id = waiting();
  CHECK(ask("drop", id.text())["mail"]["state"] == "waiting");
  CHECK_FALSE(office.spool().has_job(id));
  CHECK(office.spool().knows(id));  // offered again, it is not mailed again
  CHECK(unit::names_in(office.spool().queue()).empty());
  const auto busy = office.take();
  CHECK(ask("drop", busy.text())["mail"]["doing"] == "making_pdf");
  CHECK_FALSE(office.queue().working());
  CHECK(office.queue().size() == 0);
  office.run_until([] { return false; }, 1s);
  CHECK(unit::names_in(office.spool().queue()).empty());
}

TEST_CASE_FIXTURE(
    OfficeWithoutServer,
    "what nobody takes, not even the operator, is undeliverable; retry and release try it again") {
  const SmtpServer server(folder / "store");
  office.settings().smtp.port = server.port();
  office.settings().operator_address = "refused@example.org";
  const auto id = office.take("nobody");
  REQUIRE(office.run_until([&] { return office.state(id) == ".undeliverable"; }));
  const Json shown = ask("show", id.text())["mail"];
  CHECK(shown["state"] == "undeliverable");
  CHECK(shown["next_try_in_s"] > 86'000);
  CHECK(faxmail::mail_in_words(shown).find(
            "refused@example.org: refused, 550 5.1.1 nobody here by that name") != std::string::npos);
  ask("retry", id.text());
  REQUIRE(office.run_until(
      [&] { return server.sessions().size() == 2 && office.state(id) == ".undeliverable"; }));
  office.settings().operator_address = "boss@example.org";
  ask("release", id.text());
  REQUIRE(office.run_until_empty());
  CHECK(server.envelope(1)["to"] == nlohmann::json({"boss@example.org"}));
}

TEST_CASE_FIXTURE(OfficeWithoutServer,
                  "a mail whose state cannot be read is listed, and can only be dropped") {
  office.end();
  const auto broken = base::CallId::random();
  const auto place = office.settings().spool / "queue" / (broken.text() + ".waiting");
  std::filesystem::create_directories(place);
  unit::put_file(place / "state.json", "{\"version\": 2");
  office.start();
  CHECK(ask({{"command", "queue"}})["mails"][0]["state"] == "unreadable");
  CHECK(faxmail::queue_table(ask({{"command", "queue"}})).find("unreadable") != std::string::npos);
  CHECK(error({{"command", "retry"}, {"id", broken.text()}}).find("it can only be dropped") !=
        std::string::npos);
  CHECK(ask("show", broken.text())["mail"]["why"].get<std::string>().find("state.json") != std::string::npos);
  ask("drop", broken.text());
  CHECK_FALSE(std::filesystem::exists(place));
}

TEST_CASE_FIXTURE(
    OfficeWithoutServer,
    "an id may be abbreviated as long as it is no other's; what is wrong is said in a sentence") {
  std::vector<base::CallId> ids;
  for (int i = 0; i < 20; ++i) {  // of 20, two begin alike
    ids.push_back(office.take());
    ask("hold", ids.back().text());
  }
  std::map<char, unsigned> firsts;
  for (const auto& id : ids)
    ++firsts[id.text()[0]];
  for (const auto& [digit, count] : firsts) {
    const std::string said = error({{"command", "show"}, {"id", std::string(1, digit)}});
    CHECK((count == 1) == said.empty());
    if (count > 1)
      CHECK(said.find(fmt::format("{} mails in the queue have ids that begin with \"{}\", ", count, digit)) ==
            0);
  }
  std::string upper = ids[0].text();
  for (char& c : upper)
    c = static_cast<char>(std::toupper(c));
  CHECK(ask("show", upper)["mail"]["id"] == ids[0].text());

  const std::pair<const char*, const char*> table[] = {
      {"", "a request is a JSON object on one line"},
      {"[]", "a request is a JSON object on one line"},
      {"{\"command\":", "a request is a JSON object on one line"},
      {"{}", "\"command\" is missing; there are \"queue\","},
      {R"({"command":7})", "\"command\" is missing"},
      {R"({"command":"delete","id":"a"})", "there is no command \"delete\""},
      {R"({"command":"show"})", "\"id\" is missing, as in"},
      {R"({"command":"show","id":""})", "\"id\" is missing"},
      {R"({"command":"show","id":7})", "\"id\" is a text"},
      {R"({"command":"show","id":"zz"})", "no mail in the queue has an id that begins with \"zz\""},
      {R"({"command":"show","id":"../../etc"})", "no mail in the queue has an id that begins with"},
      {R"({"command":"drop","id":"all"})", "no mail in the queue has an id that begins with \"all\""},
      {R"({"command":"queue","id":"a"})", "\"queue\" has no \"id\""},
      {R"({"command":"drop","id":"a","yes":true})", "\"drop\" has no \"yes\""},
      {R"({"command":"queue","after":1})", "\"after\" is a text"},
  };
  for (const auto& [request, said] : table) {
    CAPTURE(request);
    const Json answer = Json::parse(queue_answer(request, {0, ::getpid()}, office.queue()));
    CHECK(answer.value("error", "").find(said) == 0);
    CHECK(answer.size() == 1);
  }
  CHECK(office.queue().size() == 20);
}

TEST_CASE_FIXTURE(OfficeWithoutServer,
                  "a long queue comes in several answers, each mail once, in the order of their coming") {
  std::vector<std::string> ids;
  office.queue().stop();
  for (int i = 0; i < 150; ++i)
    ids.push_back(office.take().text());
  std::vector<std::string> told;
  Json request = {{"command", "queue"}};
  for (int answers = 0; answers < 10; ++answers) {
    const Json answer = ask(request);
    CHECK(answer["mails"].size() <= 64);
    for (const Json& mail : answer["mails"])
      told.push_back(mail["id"]);
    if (!answer.contains("next")) break;
    request["after"] = answer["next"];
  }
  std::sort(ids.begin(), ids.end());
  std::sort(told.begin(), told.end());
  CHECK(told == ids);
}
