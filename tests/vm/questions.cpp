// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/questions.hpp"

#include <nlohmann/json.hpp>

#include "tests/vm/our_side.hpp"

namespace vm {
namespace {

using Json = nlohmann::json;

// What `dahdi-faxrx ... --json` says to one who asks.
Json ask(const ServiceFolder& folder, Words words) {
  words.insert(words.begin(), program("dahdi-faxrx"));
  words.insert(words.end(), {"--json", "--control", folder.path / "control.sock"});
  static unsigned questions = 0;
  scenario::Process asked(words, folder.path / ("asked" + std::to_string(++questions)));
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

std::string state_of_line(const ServiceFolder& folder, const std::string& line) {
  return entry(ask(folder, {"status"}), "lines", "line", line).value("state", "");
}

unsigned pages_so_far(const ServiceFolder& folder, const std::string& line) {
  const Json one = entry(ask(folder, {"status"}), "lines", "line", line);
  return one.contains("call") ? one["call"].value("pages", 0U) : 0;
}

bool becomes(const ServiceFolder& folder, const std::string& line, const std::string& state,
             std::chrono::seconds limit) {
  return scenario::eventually([&] { return state_of_line(folder, line) == state; }, limit);
}

std::string state_of_channel(const ServiceFolder& folder, unsigned channel) {
  return entry(ask(folder, {"--list-channels"}), "channels", "number", channel).value("state", "");
}

std::string kind_of_channel(const ServiceFolder& folder, unsigned channel) {
  return entry(ask(folder, {"--list-channels"}), "channels", "number", channel).value("kind", "");
}

bool has_alarm(const ServiceFolder& folder, unsigned channel) {
  return !entry(ask(folder, {"--list-channels"}), "channels", "number", channel)
              .value("alarms", Json::array())
              .empty();
}

}  // namespace vm
