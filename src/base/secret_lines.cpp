// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/secret_lines.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "src/base/config.hpp"

namespace base {
namespace {

constexpr std::string_view not_shown = "(not shown)";
constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

// With its slips of the pen, and what it is called elsewhere; not a setting that names a file with it.
bool means_password(std::string_view text) {
  std::string word(text);
  std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::tolower(c); });
  if (word.ends_with("_file")) return false;
  return word.starts_with("pas") || word.starts_with("pw") || word.find("pass") != std::string::npos ||
         word.find("secret") != std::string::npos || nearest_word(word, {"password"}).has_value();
}

// Where that word ends; npos: there is none.
std::size_t end_of_password_word(std::string_view line) {
  for (std::size_t begin = 0, end = 0; (begin = line.find_first_of(letters, end)) != std::string_view::npos &&
                                       end != std::string_view::npos;) {
    end = line.find_first_not_of(letters, begin);
    if (means_password(line.substr(begin, end - begin))) return std::min(end, line.size());
  }
  return std::string_view::npos;
}

std::string cut_at(const std::string& line, std::size_t end) {
  const std::size_t next = line.find_first_not_of(" \"'", end);
  if (next == std::string::npos) return line;
  const bool is_setting = line[next] == '=';
  return line.substr(0, is_setting ? next + 1 : end) + " " + std::string(not_shown);
}

// What must come before the value has ended; empty: it has ended in its line.
std::string_view what_ends_it(std::string_view value) {
  struct Bracket {
    std::string_view begin, end;
  };
  constexpr std::array<Bracket, 3> brackets = {{{"\"\"\"", "\"\"\""}, {"'''", "'''"}, {"[", "]"}}};
  for (const auto& [begin, end] : brackets) {
    const std::size_t at = value.find(begin);
    if (at != std::string_view::npos && value.find(end, at + begin.size()) == std::string_view::npos)
      return end;
  }
  return {};
}

}  // namespace

std::vector<std::string> without_passwords(const std::vector<std::string>& lines) {
  std::vector<std::string> shown;
  std::string_view until;  // a value goes on until there
  for (const std::string& line : lines) {
    if (!until.empty()) {
      if (line.find(until) != std::string::npos) until = {};
      shown.emplace_back(not_shown);
      continue;
    }
    const std::size_t end = end_of_password_word(line);
    shown.push_back(end == std::string_view::npos ? line : cut_at(line, end));
    if (end != std::string_view::npos) until = what_ends_it(std::string_view(line).substr(end));
  }
  return shown;
}

}  // namespace base
