// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/questions.hpp"

#include <nlohmann/json.hpp>

#include "tests/vm/our_side.hpp"

namespace vm {
namespace {

using Json = nlohmann::json;

// What `dahdi-faxrx ... --json` says to one who asks.
Json ask(const CentralOffice& office, Words words) {
  words.insert(words.begin(), program("dahdi-faxrx"));
  words.insert(words.end(), {"--json", "--control", office.folder() / "control.sock"});
  static unsigned questions = 0;
  scenario::Process asked(words, office.folder() / ("asked" + std::to_string(++questions)));
  asked.wait();
  return Json::parse(asked.output(), nullptr, false);
}

// The object in an answer's list that has this value.
Json entry(const Json& answer, const char* list, const char* key, const Json& value) {
  if (!answer.is_object() || !answer.contains(list)) return Json::object();
  for (const Json& one : answer[list])
    if (one.contains(key) && one[key] == value) return one;
  return Json::object();
}

}  // namespace

std::string state_of_line(const CentralOffice& office, const std::string& line) {
  return entry(ask(office, {"status"}), "lines", "line", line).value("state", "");
}

unsigned pages_so_far(const CentralOffice& office, const std::string& line) {
  const Json one = entry(ask(office, {"status"}), "lines", "line", line);
  return one.contains("call") ? one["call"].value("pages", 0U) : 0;
}

bool becomes(const CentralOffice& office, const std::string& line, const std::string& state,
             std::chrono::seconds limit) {
  return scenario::eventually([&] { return state_of_line(office, line) == state; }, limit);
}

std::string state_of_channel(const CentralOffice& office, unsigned channel) {
  return entry(ask(office, {"--list-channels"}), "channels", "number", channel).value("state", "");
}

bool has_alarm(const CentralOffice& office, unsigned channel) {
  return !entry(ask(office, {"--list-channels"}), "channels", "number", channel)
              .value("alarms", Json::array())
              .empty();
}

}  // namespace vm
