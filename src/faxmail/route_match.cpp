// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/route_match.hpp"

#include <algorithm>
#include <array>

#include "src/base/dial_pattern.hpp"
#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/route.hpp"

namespace faxmail {
namespace {

constexpr std::size_t longest_condition = 256;

// What a machine says of itself has spaces where its owner typed them: "+49 30 12345" and "+4930 12345" are one.
std::string without_case_and_spaces(std::string_view text) {
  std::string bare;
  for (const char c : text)
    if (c != ' ') bare += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return bare;
}

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return (c >= '0' && c <= '9') || c == '+'; });
  return digits;
}

// '*' stands for any characters, none as well. Goes back to the last '*' only: no input makes it slow.
bool matches_stars(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool is_number_pattern(std::string_view condition) noexcept {
  return condition.substr(0, 1) == "_";
}

bool text_covers(std::string_view general, std::string_view special) {
  if (is_number_pattern(general) && is_number_pattern(special)) return base::pattern_covers(general, special);
  if (is_number_pattern(general)) return base::pattern_covers(general, "_!");
  if (is_number_pattern(special)) return general.find_first_not_of('*') == std::string_view::npos;
  // A '*' of `special` is matched by one of `general` alone: what it stands for is then matched as well.
  return matches_stars(without_case_and_spaces(general), without_case_and_spaces(special));
}

// The conditions but for the called number, which may be cut. A new one is a line here, a setting in
// settings.cpp and a member of Route.
struct Condition {
  std::string Route::*wanted;
  std::string handoff::FaxRecord::*has;
  bool (*holds)(std::string_view, std::string_view);
  bool (*covers)(std::string_view, std::string_view);
};

bool number_holds(std::string_view pattern, std::string_view number) {
  return base::pattern_matches(pattern, without_case_and_spaces(number));
}

using Fax = handoff::FaxRecord;
const std::array<Condition, 5> conditions = {
    {{&Route::sub_address, &Fax::sub_address, number_holds, base::pattern_covers},
     {&Route::station_id, &Fax::station_id, text_condition_holds, text_covers},
     {&Route::caller, &Fax::caller_number, number_holds, base::pattern_covers},
     {&Route::redirecting, &Fax::redirecting_number, number_holds, base::pattern_covers},
     {&Route::line, &Fax::line, text_condition_holds, text_covers}}};

bool called_covers(const Route& general, const Route& special) {
  if (general.pattern.empty() || base::pattern_covers(general.pattern, "_!")) return true;
  const bool same_cut = general.keep_first == special.keep_first && general.keep_last == special.keep_last;
  return same_cut && !special.pattern.empty() && base::pattern_covers(general.pattern, special.pattern);
}

}  // namespace

bool text_condition_holds(std::string_view condition, std::string_view text) {
  if (is_number_pattern(condition)) return base::pattern_matches(condition, digits_of(text));
  return matches_stars(without_case_and_spaces(condition), without_case_and_spaces(text));
}

std::optional<std::string> text_condition_mistake(std::string_view condition) {
  if (is_number_pattern(condition)) return base::pattern_mistake(condition);
  if (without_case_and_spaces(condition).empty())
    return "the text is empty, and nothing would match it; \"*\" would be every text";
  if (condition.size() > longest_condition || base::printable(condition, longest_condition) != condition)
    return fmt::format("a text of at most {} printable characters without spaces at its ends is right here",
                       longest_condition);
  return std::nullopt;
}

bool route_takes(const Route& route, const handoff::FaxRecord& fax) {
  if (!route.pattern.empty() &&
      !base::pattern_matches(route.pattern, cut_number(fax.called, route.keep_first, route.keep_last)))
    return false;
  return std::all_of(conditions.begin(), conditions.end(), [&](const Condition& one) {
    const std::string& wanted = route.*one.wanted;
    return wanted.empty() || one.holds(wanted, fax.*one.has);
  });
}

bool takes_all_of(const Route& general, const Route& special) {
  return called_covers(general, special) &&
         std::all_of(conditions.begin(), conditions.end(), [&](const Condition& one) {
           const std::string& wanted = general.*one.wanted;
           const std::string& narrower = special.*one.wanted;
           return wanted.empty() || one.covers(wanted, narrower.empty() ? std::string_view("_!") : narrower);
         });
}

std::vector<std::string> unreachable_routes(const std::vector<Route>& routes) {
  std::vector<std::string> sentences;
  for (auto late = routes.begin(); late != routes.end(); ++late) {
    const auto early =
        std::find_if(routes.begin(), late, [&](const Route& one) { return takes_all_of(one, *late); });
    if (early != late)
      sentences.push_back(fmt::format(
          "{}: this [[route]] never gets a fax: the one of {} comes first and takes all that this one would "
          "take; put the narrower one above the wider one",
          late->place, early->place));
  }
  return sentences;
}

}  // namespace faxmail
