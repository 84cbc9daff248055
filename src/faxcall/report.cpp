// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxcall/report.hpp"

#include <fmt/format.h>
#include <sysexits.h>

#include <nlohmann/json.hpp>

namespace faxcall {
namespace {

nlohmann::ordered_json json_of(const PageReport& page) {
  return {{"number", page.number},
          {"confirmed", page.confirmed},
          {"rows", page.rows},
          {"resolution", page.format.resolution},
          {"modem", name(page.format.modem)},
          {"rate_bps", page.format.bits_per_s},
          {"ecm", page.format.ecm},
          {"coding", name(page.format.coding)},
          {"response", page.response}};
}

}  // namespace

std::string final_sentence(const CallResult& result) {
  if (result.outcome == Outcome::all_confirmed)
    return fmt::format("all {} pages confirmed", result.pages_in_file);
  if (!result.answered || result.outcome == Outcome::said_nothing) return result.why;
  return fmt::format("{} of {} pages confirmed: {}", result.confirmed(), result.pages_in_file, result.why);
}

// modem, rate_bps, ecm and coding are those of the last page, and null when none was sent.
std::string json_text(const CallResult& result) {
  const bool any = !result.pages.empty();
  const nlohmann::ordered_json last = any ? json_of(result.pages.back()) : nlohmann::ordered_json::object();
  const auto of_last = [&](const char* key) { return any ? last.at(key) : nlohmann::ordered_json(); };
  nlohmann::ordered_json pages = nlohmann::ordered_json::array();
  for (const PageReport& page : result.pages)
    pages.push_back(json_of(page));
  const nlohmann::ordered_json object{{"answered", result.answered},
                                      {"far_station_id", result.far_station_id},
                                      {"modem", of_last("modem")},
                                      {"rate_bps", of_last("rate_bps")},
                                      {"ecm", of_last("ecm")},
                                      {"coding", of_last("coding")},
                                      {"pages_in_file", result.pages_in_file},
                                      {"pages_sent", result.pages_sent},
                                      {"pages_confirmed", result.confirmed()},
                                      {"pages", pages},
                                      {"outcome", name(result.outcome)},
                                      {"sentence", final_sentence(result)},
                                      {"answer_seconds", result.answer_s},
                                      {"line_seconds", result.line_s},
                                      {"wall_seconds", result.wall_s}};
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int exit_code(Outcome outcome) noexcept {
  if (outcome == Outcome::all_confirmed) return EX_OK;
  return outcome == Outcome::busy || outcome == Outcome::no_line ? EX_UNAVAILABLE : 1;
}

}  // namespace faxcall
