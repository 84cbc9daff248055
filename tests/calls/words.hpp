// SPDX-License-Identifier: GPL-2.0-or-later
// The words of one line of a story, taken one after the other by who reads them. All throw base::Failure when
// a word is not what it should be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calls {

// "5s", "75ms", "1.5s".
[[nodiscard]] unsigned ms_from(const std::string& word);
// A number with that unit behind it: "-14dBm0".
[[nodiscard]] double with_unit(const std::string& word, std::string_view unit);
// "0-3,7"; "none" is none.
[[nodiscard]] std::vector<unsigned> numbers_from(const std::string& word);

class Words {
 public:
  // Words are parted by spaces; "…" keeps spaces, in key="…" too; # begins a comment; ; is a word.
  explicit Words(std::string_view line);
  explicit Words(std::vector<std::string> words) : words_(std::move(words)) {}

  [[nodiscard]] bool empty() const noexcept { return words_.empty(); }
  [[nodiscard]] const std::vector<std::string>& all() const noexcept { return words_; }
  // The first word, whatever it is.
  std::string next(const char* what);
  // True when this word was there, anywhere.
  bool take(std::string_view word);
  // The value of key=value, anywhere.
  std::optional<std::string> take_key(std::string_view key);
  [[nodiscard]] unsigned take_number(std::string_view key, unsigned otherwise);
  [[nodiscard]] unsigned take_ms(std::string_view key, unsigned otherwise);
  // The first word that ends in this unit after a number.
  std::optional<double> take_with_unit(std::string_view unit);
  // Everything up to the next ";", which goes too.
  std::vector<std::string> take_part();
  // Nothing may be left.
  void end() const;

 private:
  std::vector<std::string> words_;
};

}  // namespace calls
