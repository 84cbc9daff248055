// SPDX-License-Identifier: GPL-2.0-or-later
// Texts of dahdi-faxmail.conf that go into mails and commands. For those who read the configuration.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "src/base/config.hpp"

namespace faxmail {

inline bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

inline std::string one_line(base::ConfigTable& table, const char* key, const std::string& fallback) {
  std::string text = table.text(key, fallback);
  if (has_control(text)) table.mistake(key, fmt::format("\"{}\" is one line of text, without tabs", key));
  return text;
}

}  // namespace faxmail
