// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/settings.hpp"

#include <set>

#include "src/base/errors.hpp"
#include "src/faxrx/line_settings.hpp"

namespace faxrx {
namespace {

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

void read_top(base::ConfigTable& root, Settings& settings) {
  const auto whole = [&root](const char* key, long min, long max, unsigned fallback) {
    return static_cast<unsigned>(root.number(key, min, max, fallback));
  };
  settings.spool = root.text("spool", settings.spool.string());
  settings.handoff_socket = root.text("handoff_socket", settings.handoff_socket.string());
  settings.control_socket = root.text("control_socket", settings.control_socket.string());
  settings.user = root.text("user", settings.user);
  settings.drain_limit_s = whole("drain_limit_s", 1, 86400, settings.drain_limit_s);
  settings.store_retry_s = whole("store_retry_s", 0, 55, settings.store_retry_s);
  settings.least_free_mb = whole("least_free_mb", 1, 1000000, settings.least_free_mb);
  settings.answer_when_full = root.flag("answer_when_full", settings.answer_when_full);
  settings.traces_keep_days = whole("traces_keep_days", 0, 3650, settings.traces_keep_days);
  settings.recordings = root.choice("recordings", {"off", "failed", "all"}, settings.recordings);
  settings.recordings_keep_days = whole("recordings_keep_days", 1, 3650, settings.recordings_keep_days);
}

void read_file(const base::ConfigFile& file, const std::vector<std::string>& lines_by_option,
               Settings& settings, base::Mistakes& mistakes) {
  base::ConfigTable root = file.root();
  read_top(root, settings);
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
  read_signalling_settings(root, settings.signalling);
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
