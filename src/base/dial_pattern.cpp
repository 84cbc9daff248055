// SPDX-License-Identifier: GPL-2.0-or-later
// Dial patterns, after what Asterisk's pbx.c does with them: letters of either case, '-' ignored in pattern
// and number.
#include "src/base/dial_pattern.hpp"

#include <bitset>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"

namespace base {
namespace {

constexpr std::size_t longest_pattern = 80;  // AST_MAX_EXTENSION

using Set = std::bitset<256>;

Set range(char from, char to) noexcept {
  Set set;
  for (int c = static_cast<unsigned char>(from); c <= static_cast<unsigned char>(to); ++c)
    set.set(static_cast<std::size_t>(c));
  return set;
}

// The inside of [1-37]; empty when it is none.
Set bracket(std::string_view inside) noexcept {
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
Set take_place(std::string_view& pattern) noexcept {
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

void skip_dashes(std::string_view& text) noexcept {
  while (!text.empty() && text.front() == '-')
    text.remove_prefix(1);
}

bool is_same_number(std::string_view left, std::string_view right) noexcept {
  for (;;) {
    skip_dashes(left);
    skip_dashes(right);
    if (left.empty() || right.empty()) return left.empty() && right.empty();
    if (left.front() != right.front()) return false;
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
}

bool matches_places(std::string_view pattern, std::string_view number) noexcept {
  for (skip_dashes(pattern); !pattern.empty(); skip_dashes(pattern)) {
    skip_dashes(number);
    const bool is_last = pattern.size() == 1;
    if (pattern.front() == '.') return is_last && !number.empty();
    if (pattern.front() == '!') return is_last;
    const Set place = take_place(pattern);
    if (number.empty() || !place.test(static_cast<unsigned char>(number.front()))) return false;
    number.remove_prefix(1);
  }
  skip_dashes(number);
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

// `special` is a pattern's places, or a plain number, of which every character stands for itself.
bool places_cover(std::string_view general, std::string_view special, bool special_is_pattern) {
  for (;;) {
    skip_dashes(general);
    skip_dashes(special);
    const bool open_end =
        special_is_pattern && !special.empty() && (special.front() == '.' || special.front() == '!');
    if (general.empty()) return special.empty();
    if (general.front() == '!') return true;
    if (general.front() == '.') return !special.empty() && !(open_end && special.front() == '!');
    if (special.empty() || open_end) return false;
    const Set wide = take_place(general);
    const Set narrow = special_is_pattern ? take_place(special) : range(special.front(), special.front());
    if (!special_is_pattern) special.remove_prefix(1);
    if ((narrow & ~wide).any()) return false;
  }
}

bool has_spaces(std::string_view pattern) noexcept {
  for (const char c : pattern)
    if (static_cast<unsigned char>(c) <= ' ') return true;
  return false;
}

bool looks_like_a_pattern(std::string_view number) noexcept {
  return number.find_first_of("XxZzNn[].!") != std::string_view::npos &&
         number.find_first_not_of("0123456789+*#-XxZzNn[].!") == std::string_view::npos;
}

}  // namespace

std::optional<std::string> pattern_mistake(std::string_view pattern) {
  if (pattern.empty()) return "the number is empty; \"_!\" would be every number, and no number";
  if (pattern.size() > longest_pattern)
    return fmt::format("the number has {} characters; {} is the most", pattern.size(), longest_pattern);
  if (printable(pattern) != pattern || pattern.find(' ') != std::string_view::npos)
    return fmt::format("the number \"{}\" has spaces or characters that no number has", printable(pattern));
  if (pattern.front() != '_' && looks_like_a_pattern(pattern))
    return fmt::format("\"{}\" stands for just these characters; as a pattern it would be \"_{}\"", pattern,
                       pattern);
  if (is_same_number(pattern, "") || is_same_number(pattern, "_"))
    return fmt::format("the pattern \"{}\" matches no number; \"_X.\" would be every number", pattern);
  if (pattern.front() != '_') return std::nullopt;
  return places_mistake(pattern, pattern.substr(1));
}

bool pattern_matches(std::string_view pattern, std::string_view number) noexcept {
  if (pattern.size() > longest_pattern || is_same_number(pattern, "") || is_same_number(pattern, "_") ||
      has_spaces(pattern))
    return false;
  if (pattern.front() != '_') return !looks_like_a_pattern(pattern) && is_same_number(pattern, number);
  return matches_places(pattern.substr(1), number);
}

bool pattern_covers(std::string_view general, std::string_view special) {
  if (pattern_mistake(general) || pattern_mistake(special)) return false;
  const bool is_pattern = special.front() == '_';
  if (general.front() != '_') return !is_pattern && is_same_number(general, special);
  return places_cover(general.substr(1), special.substr(is_pattern ? 1 : 0), is_pattern);
}

}  // namespace base
