// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/settings.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "src/base/errors.hpp"

namespace faxrx {
namespace {

constexpr std::string_view station_id_characters = "0123456789+ ";
constexpr std::size_t longest_station_id = 20;  // T.30, 5.3.6.2.4

const std::vector<std::string> rates_dis_can_say = {"14400", "9600", "4800"};
const std::vector<std::string> rates = {"2400", "4800", "7200", "9600", "12000", "14400"};

unsigned rate(base::ConfigTable& table, std::string_view key, const std::vector<std::string>& choices,
              unsigned fallback) {
  const long value = table.number(key, 2400, 14400, fallback);
  if (std::find(choices.begin(), choices.end(), std::to_string(value)) != choices.end())
    return static_cast<unsigned>(value);
  std::string all;
  for (const std::string& choice : choices)
    all += (all.empty() ? "" : ", ") + choice;
  table.mistake(key, fmt::format("\"{}\" is one of {}", key, all));
  return fallback;
}

void read_line_settings(base::ConfigTable& table, LineSettings& settings) {
  settings.rings = static_cast<unsigned>(table.number("rings", 1, 20, settings.rings));
  settings.called = table.text("called", settings.called);
  settings.station_id = table.text("station_id", settings.station_id);
  settings.max_rate_bps = rate(table, "max_rate", rates_dis_can_say, settings.max_rate_bps);
  settings.min_rate_bps = rate(table, "min_rate", rates, settings.min_rate_bps);
  settings.ecm = table.flag("ecm", settings.ecm);
  settings.longest_call_min =
      static_cast<unsigned>(table.number("longest_call_min", 1, 1440, settings.longest_call_min));
  if (settings.station_id.size() > longest_station_id ||
      settings.station_id.find_first_not_of(station_id_characters) != std::string::npos)
    table.mistake("station_id",
                  "a station id is at most 20 digits, \"+\" and spaces, as in \"+49 30 123456\"");
  if (settings.min_rate_bps > settings.max_rate_bps)
    table.mistake("min_rate",
                  fmt::format("\"min_rate\" is above \"max_rate\" ({}): no caller could get through",
                              settings.max_rate_bps));
}

// Lines named in the file or by option; a wrong one is a mistake, at its key where it has one.
std::vector<hw::LineName> parse(const std::vector<std::string>& arguments, const base::ConfigTable* table,
                                std::string_view key, base::Mistakes& mistakes) {
  std::vector<hw::LineName> names;
  for (const std::string& argument : arguments) {
    try {
      for (hw::LineName& name : hw::parse_lines(argument))
        names.push_back(std::move(name));
    } catch (const base::Failure& failure) {
      if (table != nullptr)
        table->mistake(key, failure.what());
      else
        mistakes.add(failure.what());
    }
  }
  return names;
}

// A [[line]] table is [receive] with its own settings over it; of two for one line the later one holds.
void apply_line_tables(base::ConfigTable& root, const LineSettings& general, Settings& settings,
                       base::Mistakes& mistakes) {
  for (base::ConfigTable& table : root.tables("line")) {
    const std::vector<std::string> arguments = table.texts("lines");
    if (arguments.empty())
      table.mistake("lines", "each [[line]] says which lines it is for: lines = \"1-4\"");
    LineSettings own = general;
    read_line_settings(table, own);
    table.reject_unknown();
    for (const hw::LineName& name : parse(arguments, &table, "lines", mistakes))
      for (ServedLine& line : settings.lines)
        if (line.name.text == name.text) line.settings = own;
  }
}

void read_file(const base::ConfigFile& file, const std::vector<std::string>& lines_by_option,
               Settings& settings, base::Mistakes& mistakes) {
  base::ConfigTable root = file.root();
  settings.spool = root.text("spool", settings.spool.string());
  settings.handoff_socket = root.text("handoff_socket", settings.handoff_socket.string());
  settings.user = root.text("user", settings.user);
  settings.drain_limit_s =
      static_cast<unsigned>(root.number("drain_limit_s", 1, 86400, settings.drain_limit_s));
  settings.least_free_mb =
      static_cast<unsigned>(root.number("least_free_mb", 1, 1000000, settings.least_free_mb));
  const std::vector<std::string> lines = root.texts("lines");
  LineSettings general;
  base::ConfigTable receive = root.table("receive");
  read_line_settings(receive, general);
  receive.reject_unknown();
  const auto names = lines_by_option.empty() ? parse(lines, &root, "lines", mistakes)
                                             : parse(lines_by_option, nullptr, "", mistakes);
  for (const hw::LineName& name : names)
    settings.lines.push_back({name, general});
  apply_line_tables(root, general, settings, mistakes);
  root.reject_unknown();
}

void reject_doubles(const Settings& settings, base::Mistakes& mistakes) {
  std::set<std::string> seen;
  for (const ServedLine& line : settings.lines)
    if (!seen.insert(line.name.text).second)
      mistakes.add(fmt::format("line {} is named twice", line.name.text));
}

}  // namespace

Settings read_settings(const base::ConfigFile* file, const std::vector<std::string>& lines_by_option,
                       base::Mistakes& mistakes) {
  Settings settings;
  if (file != nullptr) {
    read_file(*file, lines_by_option, settings, mistakes);
  } else {
    for (const hw::LineName& name : parse(lines_by_option, nullptr, "", mistakes))
      settings.lines.push_back({name, {}});
  }
  reject_doubles(settings, mistakes);
  if (settings.lines.empty() && mistakes.empty())
    mistakes.add(
        "no line to serve: name some, as in  dahdi-faxrx -c 1-4  or  lines = [\"1-4\"]  in dahdi-faxrx.conf");
  return settings;
}

}  // namespace faxrx
