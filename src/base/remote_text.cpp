// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/remote_text.hpp"

#include <cstdint>

namespace base {
namespace {

// Bytes of the UTF-8 sequence that starts here; 0 when it is broken (RFC 3629: no overlong forms, no
// surrogates).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const std::uint32_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF && tail(1)) return 2;
  if (first >= 0xE0 && first <= 0xEF && tail(1) && tail(2)) {
    const std::uint32_t code = (first & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
    return code < 0x800 || (code >= 0xD800 && code <= 0xDFFF) ? 0 : 3;
  }
  if (first >= 0xF0 && first <= 0xF4 && tail(1) && tail(2) && tail(3)) {
    const std::uint32_t code = (first & 0x07U) << 18 | (byte(1) & 0x3FU) << 12;
    return code < 0x10000 || code > 0x10FFFF ? 0 : 4;
  }
  return 0;
}

bool is_control(std::string_view sequence) {
  const auto first = static_cast<std::uint8_t>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return sequence.size() == 2 && first == 0xC2 &&
         static_cast<std::uint8_t>(sequence[1]) < 0xA0;  // C1 controls
}

}  // namespace

std::string printable(std::string_view remote, std::size_t longest) {
  std::string text;
  while (!remote.empty()) {
    const std::size_t length = sequence_length(remote);
    const std::string_view sequence = remote.substr(0, length == 0 ? 1 : length);
    const std::string_view shown = length == 0 || is_control(sequence) ? std::string_view("?") : sequence;
    if (text.size() + shown.size() > longest) break;
    text += shown;
    remote.remove_prefix(sequence.size());
  }
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string safe_name(std::string_view remote, std::size_t longest) {
  std::string name;
  for (const char c : remote) {
    const bool safe = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+';
    if (safe && name.size() < longest) name += c;
  }
  return name.empty() ? "unknown" : name;
}

}  // namespace base
