// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/span_settings.hpp"

#include <algorithm>

#include "src/base/dial_pattern.hpp"

namespace faxrx {
namespace {

constexpr unsigned longest_number = 32;

void read_table(base::ConfigTable& table, span::SpanSettings& settings) {
  settings.access = table.choice("access", {"auto", "primary", "basic", "basic-multipoint"}, settings.access);
  settings.switch_type =
      table.choice("switch_type", {"auto", "euroisdn", "ni2", "dms100", "5ess", "4ess", "ni1", "qsig"},
                   settings.switch_type);
  if (const std::vector<std::string> numbers = table.texts("numbers"); table.has("numbers")) {
    settings.numbers = numbers;
    for (const std::string& pattern : numbers)
      if (const auto wrong = base::pattern_mistake(pattern)) table.mistake("numbers", *wrong);
  }
  settings.unknown_number = table.choice("unknown_number", {"refuse", "ignore"}, settings.unknown_number);
  settings.overlap_digits =
      static_cast<unsigned>(table.number("overlap_digits", 0, longest_number, settings.overlap_digits));
  settings.overlap_timeout_s =
      static_cast<unsigned>(table.number("overlap_timeout_s", 1, 15, settings.overlap_timeout_s));
  settings.restart_channels = table.flag("restart_channels", settings.restart_channels);
}

}  // namespace

const span::SpanSettings& SignallingSettings::of(std::string_view span) const noexcept {
  const auto found = std::find_if(tables.rbegin(), tables.rend(), [span](const Table& table) {
    return std::find(table.spans.begin(), table.spans.end(), span) != table.spans.end();
  });
  return found == tables.rend() ? general : found->settings;
}

void read_signalling_settings(base::ConfigTable& root, SignallingSettings& settings) {
  base::ConfigTable general = root.table("signalling");
  read_table(general, settings.general);
  general.reject_unknown();
  for (base::ConfigTable& table : root.tables("span")) {
    SignallingSettings::Table own{table.texts("spans"), settings.general};
    if (own.spans.empty())
      table.mistake(
          "spans",
          "each [[span]] says which spans it is for, as --list-channels numbers them: spans = \"1\"");
    read_table(table, own.settings);
    table.reject_unknown();
    settings.tables.push_back(std::move(own));
  }
}

}  // namespace faxrx
