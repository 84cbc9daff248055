// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/control_answers.hpp"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"

namespace faxrx {
namespace {

using Json = nlohmann::ordered_json;

// Such that an answer fits into a socket's buffer, whatever the lines show.
constexpr std::size_t lines_an_answer = 64;
constexpr std::size_t most_arguments = 64;

struct Request {
  const struct Command* command;
  std::vector<std::string> lines;
  std::size_t from = 0;
};

struct Command {
  std::string_view name;
  const char* done;  // in the log; nullptr: status, which changes nothing and names no lines
  void (*act)(LineKeeper& line);
};

constexpr std::array<Command, 4> commands = {{
    {"status", nullptr, nullptr},
    {"block", "blocked", [](LineKeeper& line) { line.set_blocked(true); }},
    {"unblock", "unblocked", [](LineKeeper& line) { line.set_blocked(false); }},
    {"hangup", "hung up", [](LineKeeper& line) { line.hang_up(); }},
}};

const Command& command_of(const Json& request) {
  const auto found = request.find("command");
  if (found == request.end() || !found->is_string())
    throw base::Failure(R"("command" is missing; it is "status", "block", "unblock" or "hangup")");
  const std::string name = found->get<std::string>();
  for (const Command& command : commands)
    if (command.name == name) return command;
  throw base::Failure(R"(there is no command "{}"; there are "status", "block", "unblock" and "hangup")",
                      base::printable(name, 40));
}

std::vector<std::string> lines_of(const Json& value) {
  std::vector<std::string> lines;
  const bool is_list = value.is_array() && !value.empty() && value.size() <= most_arguments;
  for (const Json& line : is_list ? value : Json::array())
    if (line.is_string()) lines.push_back(line.get<std::string>());
  if (!is_list || lines.size() != value.size())
    throw base::Failure(R"("lines" is a list of 1 to {} texts, as in ["1-4", "7"])", most_arguments);
  return lines;
}

std::size_t number_of(const Json& value) {
  if (!value.is_number_unsigned()) throw base::Failure(R"("from" is a whole number)");
  return value.get<std::size_t>();
}

Request parse(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object())
    throw base::Failure(R"(a request is a JSON object on one line, as in {{"command":"status"}})");
  Request request{&command_of(json), {}};
  const bool with_lines = request.command->act != nullptr;
  for (const auto& [key, value] : json.items()) {
    if (key == "lines" && with_lines)
      request.lines = lines_of(value);
    else if (key == "from" && !with_lines)
      request.from = number_of(value);
    else if (key != "command")
      throw base::Failure(R"("{}" has no "{}")", request.command->name, base::printable(key, 40));
  }
  if (with_lines && request.lines.empty())
    throw base::Failure(R"("lines" is missing, as in {{"command":"{}","lines":["1-4"]}})",
                        request.command->name);
  return request;
}

Json status(std::size_t from, const ServiceFacts& facts, const ServedLines& lines) {
  Json answer;
  answer["service"] = {{"version", PROJECT_VERSION},
                       {"pid", ::getpid()},
                       {"since", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(facts.since))},
                       {"stopping", facts.stopping}};
  answer["lines"] = Json::array();
  for (const LineView& view : lines.views(from, lines_an_answer))
    answer["lines"].push_back(to_json(view));
  const std::size_t next = from + answer["lines"].size();
  if (answer["lines"].size() == lines_an_answer && next < lines.size()) answer["next"] = next;
  return answer;
}

Json act(const Request& request, const base::ControlPeer& peer, ServedLines& lines) {
  std::vector<LineKeeper*> chosen = lines.named(request.lines);
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  const auto in_call = std::count_if(chosen.begin(), chosen.end(),
                                     [](const LineKeeper* line) { return in_a_call(line->view()); });
  for (LineKeeper* line : chosen)
    request.command->act(*line);
  const std::string said = base::printable(fmt::format("{}", fmt::join(request.lines, " ")), 200);
  base::log::info("{} by uid {} (process {}): {}", request.command->done, peer.uid, peer.pid, said);
  return {{"lines", chosen.size()}, {"in_call", in_call}};
}

std::string text_of(const Json& answer) {
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string control_answer(std::string_view text, const base::ControlPeer& peer, const ServiceFacts& facts,
                           ServedLines& lines) {
  try {
    const Request request = parse(text);
    if (request.command->act != nullptr) return text_of(act(request, peer, lines));
    return text_of(status(request.from, facts, lines));
  } catch (const base::Failure& failure) {
    return text_of({{"error", failure.what()}});
  }
}

}  // namespace faxrx
