// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/control_report.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <map>

#include "src/base/control_client.hpp"
#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"

namespace faxrx {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_lines = 100'000;  // of a status in several answers

base::ControlClient connection_to(const std::filesystem::path& path) {
  auto service = base::ControlClient::connect(path, "dahdi-faxrx");
  if (!service)
    throw base::Failure(
        "the service does not run: nobody is at its control socket, {} (--control names another)",
        path.string());
  return std::move(*service);
}

Json ask(base::ControlClient& service, const Json& request) {
  Json answer =
      Json::parse(service.ask(request.dump(-1, ' ', false, Json::error_handler_t::replace)), nullptr, false);
  if (!answer.is_object()) throw base::Failure("what answers at the control socket is no dahdi-faxrx");
  return answer;
}

// Of many lines the service tells some at a time.
Json whole_status(base::ControlClient& service) {
  Json whole = ask(service, {{"command", "status"}});
  Json next = whole.value("next", Json());
  while (next.is_number_unsigned() && whole["lines"].size() < most_lines) {
    const Json more = ask(service, {{"command", "status"}, {"from", next}});
    if (more.contains("error") || !more.contains("lines") || more["lines"].empty()) break;
    for (const Json& line : more["lines"])
      whole["lines"].push_back(line);
    next = more.value("next", Json());
  }
  whole.erase("next");
  return whole;
}

// A field as a person reads it; "" when there is none.
std::string shown(const Json& object, const char* field) {
  if (!object.is_object() || !object.contains(field)) return "";
  const Json& value = object[field];
  return base::printable(value.is_string() ? value.get<std::string>()
                                           : value.dump(-1, ' ', false, Json::error_handler_t::replace),
                         700);
}

std::uint64_t number(const Json& object, const char* field) {
  return object.contains(field) && object[field].is_number_unsigned() ? object[field].get<std::uint64_t>()
                                                                      : 0;
}

using Row = std::array<std::string, 7>;

std::string state_text(const Json& line) {
  std::string state = shown(line, "state");
  std::replace(state.begin(), state.end(), '_', ' ');
  if (state == "cannot open") state = "cannot be opened";
  if (state != "blocked" && shown(line, "blocked") == "true") state += ", blocked";
  if (shown(line, "ends_when_idle") == "true") state += ", ends when idle";
  return state;
}

std::string speed_text(const Json& call) {
  if (number(call, "rate_bps") == 0) return "";
  const bool ecm = shown(call, "ecm") == "true";
  return fmt::format("{} {}{}", shown(call, "modem"), number(call, "rate_bps"), ecm ? " ECM" : "");
}

Row row_of(const Json& line) {
  Row row = {shown(line, "line"), state_text(line)};
  if (!line.contains("call") || !line["call"].is_object()) return row;
  const Json& call = line["call"];
  const std::string caller = shown(call, "caller");
  const std::uint64_t seconds = number(call, "seconds");
  row[2] = caller.empty() ? "unknown" : caller;
  row[3] = shown(call, "called");
  row[5] = speed_text(call);
  if (!row[5].empty()) row[4] = std::to_string(number(call, "pages") + 1);
  row[6] = fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return row;
}

// What is in the last column of a row does not widen that column.
std::size_t width_of(const std::vector<Row>& rows, std::size_t column) {
  std::size_t width = 0;
  for (const Row& row : rows) {
    const bool is_last = std::all_of(row.begin() + static_cast<std::ptrdiff_t>(column) + 1, row.end(),
                                     [](const std::string& cell) { return cell.empty(); });
    if (!is_last) width = std::max(width, row[column].size());
  }
  return width;
}

// Often it is the same for all: the driver is not loaded.
std::string why_not_open(const Json& lines) {
  std::map<std::string, std::string> lines_by_reason;
  for (const Json& line : lines) {
    const std::string why = shown(line, "why");
    if (why.empty()) continue;
    std::string& names = lines_by_reason[why];
    names += (names.empty() ? "" : ", ") + shown(line, "line");
  }
  std::string text;
  for (const auto& [why, names] : lines_by_reason)
    text += fmt::format("\n{} cannot be opened: {}\n", names, why);
  return text;
}

std::string done_text(const ControlWish& wish, const Json& answer) {
  const std::uint64_t lines = number(answer, "lines");
  const std::uint64_t in_call = number(answer, "in_call");
  const std::string which = fmt::format("{} line{}", lines, lines == 1 ? "" : "s");
  const std::string calls = in_call == 0 ? "" : fmt::format("{} in a call", in_call);
  if (wish.command == "hangup")
    return in_call == 0 ? which + ": no call to end\n"
                        : fmt::format("{}, {}: the call is being ended, its pages are kept\n", which, calls);
  if (wish.command == "unblock") return which + " unblocked\n";
  return which + " blocked" + (calls.empty() ? "" : ", " + calls + " that goes on") + "\n";
}

}  // namespace

std::string status_table(const Json& answer) {
  std::vector<Row> rows = {{"LINE", "STATE", "CALLER", "CALLED", "PAGE", "SPEED", "TIME"}};
  const Json lines = answer.contains("lines") ? answer["lines"] : Json::array();
  for (const Json& line : lines)
    rows.push_back(row_of(line));
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (std::size_t column = 0; column < widths.size(); ++column)
    widths[column] = width_of(rows, column);
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column)
      line += fmt::format("{:{}}  ", row[column], widths[column]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  text += why_not_open(lines);
  if (answer.contains("service") && shown(answer["service"], "stopping") == "true")
    text += "\nthe service is stopping: no new calls are taken\n";
  return text;
}

int run_control(const std::filesystem::path& socket, const ControlWish& wish, std::FILE* to) {
  base::ControlClient service = connection_to(socket);
  const bool status = wish.command == "status";
  const Json answer =
      status ? whole_status(service) : ask(service, {{"command", wish.command}, {"lines", wish.lines}});
  if (answer.contains("error")) {
    fmt::print(stderr, "dahdi-faxrx: {}\n", shown(answer, "error"));
    return EX_DATAERR;
  }
  if (wish.json)
    fmt::print(to, "{}\n", answer.dump(-1, ' ', false, Json::error_handler_t::replace));
  else
    fmt::print(to, "{}", status ? status_table(answer) : done_text(wish, answer));
  return EX_OK;
}

}  // namespace faxrx
