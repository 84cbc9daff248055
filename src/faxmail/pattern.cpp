// SPDX-License-Identifier: GPL-2.0-or-later
// Dial patterns, after what Asterisk's pbx.c does with them: letters of either case, '-' ignored in pattern
// and number.
#include <algorithm>
#include <bitset>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/route.hpp"

namespace faxmail {
namespace {

constexpr std::size_t longest_pattern = 80;  // AST_MAX_EXTENSION

using Set = std::bitset<256>;

Set range(char from, char to) {
  Set set;
  for (int c = static_cast<unsigned char>(from); c <= static_cast<unsigned char>(to); ++c)
    set.set(static_cast<std::size_t>(c));
  return set;
}

// The inside of [1-37]; empty when it is none.
Set bracket(std::string_view inside) {
  Set set;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    const bool is_range = i + 2 < inside.size() && inside[i + 1] == '-';
    const char last = is_range ? inside[i + 2] : inside[i];
    if (static_cast<unsigned char>(last) < static_cast<unsigned char>(inside[i])) return {};
    set |= range(inside[i], last);
    if (is_range) i += 2;
  }
  return set;
}

// Takes one place off a pattern: which characters may stand there. An empty set is a bad bracket.
Set take_place(std::string_view& pattern) {
  const char c = pattern.front();
  const std::size_t end = c == '[' ? pattern.find(']') : 0;
  if (end == std::string_view::npos) return {};
  const std::string_view inside = pattern.substr(1, end == 0 ? 0 : end - 1);
  pattern.remove_prefix(end + 1);
  switch (c) {
    case 'X':
    case 'x':
      return range('0', '9');
    case 'Z':
    case 'z':
      return range('1', '9');
    case 'N':
    case 'n':
      return range('2', '9');
    case '[':
      return bracket(inside);
    default:
      return range(c, c);
  }
}

std::string without_dashes(std::string_view text) {
  std::string rest(text);
  rest.erase(std::remove(rest.begin(), rest.end(), '-'), rest.end());
  return rest;
}

bool matches_places(std::string_view pattern, std::string_view number) {
  while (!pattern.empty()) {
    if (pattern.front() == '-') {
      pattern.remove_prefix(1);
      continue;
    }
    if (pattern.front() == '.') return !number.empty();
    if (pattern.front() == '!') return true;
    const Set place = take_place(pattern);
    if (number.empty() || !place.test(static_cast<unsigned char>(number.front()))) return false;
    number.remove_prefix(1);
  }
  return number.empty();
}

std::optional<std::string> places_mistake(std::string_view pattern, std::string_view rest) {
  while (!rest.empty()) {
    const char c = rest.front();
    if ((c == '.' || c == '!') && rest.size() > 1)
      return fmt::format("in the pattern \"{}\" the '{}' stands for all the rest, so nothing may follow it",
                         pattern, c);
    if (c == '[' && rest.find(']') == std::string_view::npos)
      return fmt::format("the pattern \"{}\" has a '[' without its ']'", pattern);
    if (take_place(rest).none())
      return fmt::format("the pattern \"{}\" has brackets that nothing matches; right would be \"[1-37]\"",
                         pattern);
  }
  return std::nullopt;
}

bool looks_like_a_pattern(std::string_view number) {
  return number.find_first_of("XxZzNn[].!") != std::string_view::npos &&
         number.find_first_not_of("0123456789+*#-XxZzNn[].!") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> pattern_mistake(std::string_view pattern) {
  if (pattern.empty()) return "a route's number is empty; \"_!\" would be every number, and no number";
  if (pattern.size() > longest_pattern)
    return fmt::format("a route's number has {} characters; {} is the most", pattern.size(), longest_pattern);
  if (base::printable(pattern) != pattern || pattern.find(' ') != std::string_view::npos)
    return fmt::format("the number \"{}\" has spaces or characters that no number has",
                       base::printable(pattern));
  if (pattern.front() != '_' && looks_like_a_pattern(pattern))
    return fmt::format("\"{}\" stands for just these characters; as a pattern it would be \"_{}\"", pattern,
                       pattern);
  if (without_dashes(pattern).empty() || without_dashes(pattern) == "_")
    return fmt::format("the pattern \"{}\" matches no number; \"_X.\" would be every number", pattern);
  if (pattern.front() != '_') return std::nullopt;
  return places_mistake(pattern, pattern.substr(1));
}

bool matches(std::string_view pattern, std::string_view number) {
  if (pattern_mistake(pattern)) return false;
  if (pattern.front() != '_') return without_dashes(pattern) == without_dashes(number);
  return matches_places(pattern.substr(1), without_dashes(number));
}

}  // namespace faxmail
