// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/mail/faxmail.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <csignal>

#include "tests/unit/scratch_folder.hpp"

namespace mail_tests {
namespace fs = std::filesystem;
namespace {

const fs::path build = BUILD_FOLDER;
const std::string program = build / "src/faxmail/dahdi-faxmail";

bool was_tried(const fs::path& mail) {
  const std::string state = unit::text_in(mail / "state.json");
  return state.find("\"attempts\": ") != std::string::npos &&
         state.find("\"attempts\": 0") == std::string::npos;
}

}  // namespace

Faxmail::Faxmail(fs::path folder, std::vector<std::string> to)
    : folder_(std::move(folder)), to_(std::move(to)), giver_(folder_ / "handoff.sock") {
  shut_way();
}

Faxmail::~Faxmail() {
  stop();
}

void Faxmail::open_way(unsigned port, const std::string& smtp_lines) {
  unit::put_file(
      configuration(),
      fmt::format("spool = \"{0}/spool\"\nsocket = \"{0}/handoff.sock\"\n[mail]\nfrom = \"fax@example.org\"\n"
                  "operator = \"operator@example.org\"\n[smtp]\nserver = \"localhost\"\nport = "
                  "{1}\nfirst_retry_s = 1\n"
                  "longest_retry_s = 2\n{2}\n[[route]]\nmatch = \"_X.\"\nto = [{3}]\n",
                  folder_.string(), port, smtp_lines, fmt::format("\"{}\"", fmt::join(to_, "\", \""))));
  if (!process.runs()) return;
  const std::string told = "the configuration was read again";
  const unsigned before = scenario::times(log(), told);
  process.signal(SIGHUP);
  REQUIRE_MESSAGE(scenario::eventually([&] { return scenario::times(log(), told) > before; }), log());
}

void Faxmail::start() {
  fs::remove(folder_ / "handoff.sock");
  process = scenario::Process({program, "-v", "-C", configuration()}, folder_ / "faxmail");
  REQUIRE_MESSAGE(
      scenario::eventually([&] { return fs::exists(folder_ / "handoff.sock") || !process.runs(); }), log());
}

void Faxmail::stop() {
  process.signal(SIGTERM);
  process.wait();
}

torture::GivenFax Faxmail::give(torture::GivenFax fax) {
  const bool taken = scenario::eventually([&] { return giver_.offer(fax) == torture::HandOver::taken; });
  REQUIRE_MESSAGE(taken, giver_.last_words() << log());
  return fax;
}

torture::GivenFax Faxmail::give_a_page(unsigned number) {
  return give(torture::make_given_fax(folder_, number));
}

torture::GivenFax Faxmail::give_ten_pages() {
  return give({base::CallId::random(), 10, build / "tests/pages/ten.tif", 10});
}

std::vector<Queued> Faxmail::queued(std::size_t count) {
  std::vector<Queued> all;
  const auto are_there = [&] {
    all.clear();
    for (const auto& entry : fs::directory_iterator(spool() / "queue"))
      if (entry.path().extension() == ".waiting" && was_tried(entry.path()))
        all.push_back({entry.path().stem(), unit::text_in(entry.path() / "message.eml")});
    return all.size() == count;
  };
  REQUIRE_MESSAGE(scenario::eventually(are_there), log());
  for (const Queued& one : all)
    REQUIRE_MESSAGE(!one.message.empty(), one.id);
  return all;
}

bool Faxmail::queue_is_empty() const {
  return fs::is_empty(spool() / "queue");
}

Said Faxmail::operate(const std::vector<std::string>& words) {
  const unit::ScratchFolder scratch;
  std::vector<std::string> command = {program};
  command.insert(command.end(), words.begin(), words.end());
  command.insert(command.end(), {"-C", configuration()});
  scenario::Process operation(command, scratch / "said");
  const int code = operation.wait();
  return {code, operation.output(), operation.log()};
}

nlohmann::json Faxmail::mails() {
  const Said said = operate({"queue", "--json"});
  REQUIRE_MESSAGE(said.code == 0, said.log);
  return nlohmann::json::parse(said.out)["mails"];
}

bool Faxmail::log_says(const std::string& words) {
  return scenario::eventually([&] { return log().find(words) != std::string::npos; });
}

}  // namespace mail_tests
