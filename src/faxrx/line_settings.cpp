// SPDX-License-Identifier: GPL-2.0-or-later
// The settings of [receive] and [[line]]: read, checked, and put into the receiver's own terms.
#include "src/faxrx/line_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace faxrx {
namespace {

// T.30, 5.3.6.2.4 and table 3: what an identification and a password may hold.
constexpr std::string_view identification_characters = "0123456789+ ";
constexpr std::size_t longest_identification = 20;

struct ModemSet {
  const char* name;
  t30::Modems modems;
  unsigned slowest_bps, fastest_bps;
};
constexpr const char* automatic = "auto";
constexpr std::array<ModemSet, 5> modem_sets = {
    {{"v27ter-2400", t30::Modems::v27ter_2400, 2400, 2400},
     {"v27ter", t30::Modems::v27ter, 2400, 4800},
     {"v29", t30::Modems::v29, 7200, 9600},
     {"v27ter+v29", t30::Modems::v27ter_v29, 2400, 9600},
     {"v27ter+v29+v17", t30::Modems::v27ter_v29_v17, 2400, 14400}}};

// The one that is named, or the smallest that reaches max_rate and has the slower modems, too.
const ModemSet& modem_set(const LineSettings& settings) noexcept {
  const auto fits = [&settings](const ModemSet& set) {
    const bool falls_back = set.slowest_bps == modem_sets.front().slowest_bps;
    return settings.modems == automatic ? falls_back && set.fastest_bps >= settings.max_rate_bps
                                        : set.name == settings.modems;
  };
  const auto* found = std::find_if(modem_sets.begin(), modem_sets.end(), fits);
  return found == modem_sets.end() ? modem_sets.back() : *found;
}

using Words = std::vector<std::string>;

bool has(const Words& words, std::string_view word) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

unsigned rate(base::ConfigTable& table, std::string_view key, unsigned fallback) {
  constexpr std::array<long, 6> rates = {2400, 4800, 7200, 9600, 12000, 14400};
  const long value = table.number(key, rates.front(), rates.back(), fallback);
  if (std::find(rates.begin(), rates.end(), value) != rates.end()) return static_cast<unsigned>(value);
  table.mistake(key, fmt::format("\"{}\" is one of {}", key, fmt::join(rates, ", ")));
  return fallback;
}

unsigned whole(base::ConfigTable& table, std::string_view key, long min, long max, unsigned fallback) {
  return static_cast<unsigned>(table.number(key, min, max, fallback));
}

// Some of `all`, whose first every fax machine has.
Words some_of(base::ConfigTable& table, std::string_view key, const Words& all, const Words& fallback) {
  if (!table.has(key)) return table.texts(key), fallback;
  Words words = table.texts(key);
  const bool known = std::all_of(words.begin(), words.end(), [&all](const auto& w) { return has(all, w); });
  if (known && has(words, all.front())) return words;
  table.mistake(key, fmt::format("\"{}\" is a list of \"{}\"; \"{}\" must be in it: T.30 has every machine "
                                 "receive that",
                                 key, fmt::join(all, "\", \""), all.front()));
  return fallback;
}

void check_identification(const base::ConfigTable& table, std::string_view key, const std::string& value,
                          std::string_view what) {
  if (value.size() <= longest_identification &&
      value.find_first_not_of(identification_characters) == std::string::npos)
    return;
  table.mistake(key, fmt::format("{} is at most 20 digits, \"+\" and spaces, as in \"+49 30 123456\"", what));
}

void check_rates(const base::ConfigTable& table, const LineSettings& settings) {
  const ModemSet& set = modem_set(settings);
  const char* at = table.has("modems") ? "modems" : "max_rate";
  if (settings.min_rate_bps > settings.max_rate_bps)
    table.mistake("min_rate",
                  fmt::format("\"min_rate\" is above \"max_rate\" ({}): no caller could get through",
                              settings.max_rate_bps));
  else if (settings.max_rate_bps < set.slowest_bps)
    table.mistake(at,
                  fmt::format("the slowest of \"{}\" is {} bit/s, above \"max_rate\" ({}): no caller could "
                              "get through",
                              set.name, set.slowest_bps, settings.max_rate_bps));
  else if (settings.min_rate_bps > set.fastest_bps)
    table.mistake(at,
                  fmt::format("the fastest of \"{}\" is {} bit/s, below \"min_rate\" ({}): no caller could "
                              "get through",
                              set.name, set.fastest_bps, settings.min_rate_bps));
}

void read_modems(base::ConfigTable& table, LineSettings& settings) {
  Words names = {automatic};
  for (const ModemSet& set : modem_sets)
    names.emplace_back(set.name);
  settings.modems = table.choice("modems", names, settings.modems);
  settings.max_rate_bps = rate(table, "max_rate", settings.max_rate_bps);
  settings.min_rate_bps = rate(table, "min_rate", settings.min_rate_bps);
  check_rates(table, settings);
}

void read_pages(base::ConfigTable& table, LineSettings& settings) {
  settings.ecm = table.flag("ecm", settings.ecm);
  settings.codings = some_of(table, "codings", {"mh", "mr", "mmr"}, settings.codings);
  settings.resolutions =
      some_of(table, "resolutions", {"standard", "fine", "superfine", "300", "400"}, settings.resolutions);
  settings.width = table.choice("width", {"a4", "b4", "a3"}, settings.width);
  settings.unlimited_length = table.flag("unlimited_length", settings.unlimited_length);
}

void read_quality(base::ConfigTable& table, LineSettings& settings) {
  settings.bad_page = table.choice("bad_page", {"rtn", "mcf", "dcn"}, settings.bad_page);
  settings.good_below_percent = whole(table, "good_below_percent", 0, 100, settings.good_below_percent);
  settings.bad_above_percent = whole(table, "bad_above_percent", 0, 100, settings.bad_above_percent);
  settings.most_bad_rows_together =
      whole(table, "most_bad_rows_together", 0, 10000, settings.most_bad_rows_together);
  if (settings.good_below_percent > settings.bad_above_percent)
    table.mistake("good_below_percent",
                  fmt::format("\"good_below_percent\" is above \"bad_above_percent\" ({}): a page cannot be "
                              "good and bad",
                              settings.bad_above_percent));
}

void read_line_options(base::ConfigTable& table, hw::LineOptions& options) {
  options.country = table.text("country", options.country);
  options.polarity_hangup = table.flag("polarity_hangup", options.polarity_hangup);
  options.caller_id_in_japan =
      table.choice("caller_id", {"auto", "japan"}, options.caller_id_in_japan ? "japan" : "auto") == "japan";
}

}  // namespace

void read_line_settings(base::ConfigTable& table, LineSettings& settings) {
  read_answer_settings(table, settings.answer);
  read_line_options(table, settings.line);
  settings.called = table.text("called", settings.called);
  settings.station_id = table.text("station_id", settings.station_id);
  settings.password = table.text("password", settings.password);
  check_identification(table, "station_id", settings.station_id, "a station id");
  check_identification(table, "password", settings.password, "a password");
  read_modems(table, settings);
  read_pages(table, settings);
  read_quality(table, settings);
  settings.no_progress_s = whole(table, "no_progress_s", 20, 3600, settings.no_progress_s);
  settings.transmit_level_dbm0 =
      static_cast<int>(table.number("transmit_level", -30, -6, settings.transmit_level_dbm0));
  settings.longest_call_min = whole(table, "longest_call_min", 1, 1440, settings.longest_call_min);
}

t30::Settings receiver_settings(const LineSettings& from) noexcept {
  t30::Settings to;
  to.station_id = base::ShortText<20>(from.station_id);
  to.password = base::ShortText<20>(from.password);
  to.modems = modem_set(from).modems;
  to.max_rate_bps = static_cast<std::uint16_t>(from.max_rate_bps);
  to.min_rate_bps = static_cast<std::uint16_t>(from.min_rate_bps);
  to.ecm = from.ecm;
  to.mr = has(from.codings, "mr");
  to.mmr = from.ecm && has(from.codings, "mmr");  // T.30, table 2: MMR is for the error correction mode only
  to.fine = has(from.resolutions, "fine");
  to.superfine = has(from.resolutions, "superfine");
  to.dpi300 = has(from.resolutions, "300");
  to.dpi400 = has(from.resolutions, "400");
  to.width = from.width == "a4" ? t30::Width::a4 : from.width == "b4" ? t30::Width::b4 : t30::Width::a3;
  to.unlimited_length = from.unlimited_length;
  to.bad_page = from.bad_page == "mcf"   ? t30::BadPage::mcf
                : from.bad_page == "dcn" ? t30::BadPage::dcn
                                         : t30::BadPage::rtn;
  to.transmit_level_dbm0 = static_cast<std::int8_t>(from.transmit_level_dbm0);
  to.no_progress_s = static_cast<std::uint16_t>(from.no_progress_s);
  return to;
}

page::QualityRules quality_rules(const LineSettings& from) noexcept {
  return {from.good_below_percent, from.bad_above_percent, from.most_bad_rows_together};
}

}  // namespace faxrx
