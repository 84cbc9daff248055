// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/words.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "src/base/errors.hpp"
#include "tests/calls/frames.hpp"

namespace calls {
namespace {

// The number in front of the unit; nullopt: it is something else.
std::optional<double> number_before(const std::string& word, std::string_view unit) {
  if (!word.ends_with(unit)) return std::nullopt;
  const char* end = word.data() + word.size() - unit.size();
  double number = 0;
  const auto [stopped, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc() || stopped != end || word.size() == unit.size()) return std::nullopt;
  return number;
}

}  // namespace

unsigned ms_from(const std::string& word) {
  const auto ms = number_before(word, "ms");
  const auto s = number_before(word, "s");
  const double value = ms ? *ms : s ? *s * 1000 : -1;
  if (value < 0 || value > 3'600'000)
    throw base::Failure("\"{}\" is no time; right is 75ms, 5s or 1.5s", word);
  return static_cast<unsigned>(std::lround(value));
}

double with_unit(const std::string& word, std::string_view unit) {
  const auto number = number_before(word, unit);
  if (!number)
    throw base::Failure("\"{}\" is not a number with {} behind it; right is -14{}", word, unit, unit);
  return *number;
}

std::vector<unsigned> numbers_from(const std::string& word) {
  std::vector<unsigned> numbers;
  if (word == "none") return numbers;
  for (std::size_t at = 0; at <= word.size();) {
    const std::size_t comma = std::min(word.find(',', at), word.size());
    const std::string part = word.substr(at, comma - at);
    const std::size_t dash = part.find('-');
    const unsigned first = number_from(part.substr(0, dash));
    const unsigned last = dash == std::string::npos ? first : number_from(part.substr(dash + 1));
    if (last > 65535) throw base::Failure("\"{}\" goes too far; 65535 is the most", word);
    for (unsigned number = first; number <= last; ++number)
      numbers.push_back(number);
    at = comma + 1;
  }
  return numbers;
}

Words::Words(std::string_view line) {
  std::string word;
  bool quoted = false, begun = false;
  const auto close = [&] {
    if (begun) words_.push_back(std::exchange(word, {}));
    begun = false;
  };
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (!quoted && c == '#') {
      break;
    } else if (!quoted && (c == ' ' || c == '\t' || c == ';')) {
      close();
      if (c == ';') words_.emplace_back(";");
    } else {
      word += c;
      begun = true;
    }
  }
  if (quoted) throw base::Failure("a \" is not closed");
  close();
}

std::string Words::next(const char* what) {
  if (words_.empty()) throw base::Failure("{} is missing", what);
  std::string word = std::move(words_.front());
  words_.erase(words_.begin());
  return word;
}

bool Words::take(std::string_view word) {
  const auto found = std::find(words_.begin(), words_.end(), word);
  if (found == words_.end()) return false;
  words_.erase(found);
  return true;
}

std::optional<std::string> Words::take_key(std::string_view key) {
  const auto is_it = [&](const std::string& word) {
    return word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=';
  };
  const auto found = std::find_if(words_.begin(), words_.end(), is_it);
  if (found == words_.end()) return std::nullopt;
  std::string value = found->substr(key.size() + 1);
  words_.erase(found);
  return value;
}

unsigned Words::take_number(std::string_view key, unsigned otherwise) {
  const auto value = take_key(key);
  return value ? number_from(*value) : otherwise;
}

unsigned Words::take_ms(std::string_view key, unsigned otherwise) {
  const auto value = take_key(key);
  return value ? ms_from(*value) : otherwise;
}

std::optional<double> Words::take_with_unit(std::string_view unit) {
  for (auto word = words_.begin(); word != words_.end(); ++word)
    if (const auto number = number_before(*word, unit)) {
      words_.erase(word);
      return number;
    }
  return std::nullopt;
}

std::vector<std::string> Words::take_part() {
  const auto end_of_part = std::find(words_.begin(), words_.end(), ";");
  std::vector<std::string> part(words_.begin(), end_of_part);
  words_.erase(words_.begin(), end_of_part == words_.end() ? end_of_part : end_of_part + 1);
  return part;
}

void Words::end() const {
  if (!words_.empty()) throw base::Failure("\"{}\" is not understood", words_.front());
}

}  // namespace calls
