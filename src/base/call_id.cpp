// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/call_id.hpp"

#include <sys/random.h>

#include "src/base/errors.hpp"

namespace base {
namespace {

int nibble(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

CallId CallId::random() {
  CallId id;
  if (::getrandom(id.bytes.data(), id.bytes.size(), 0) != static_cast<ssize_t>(id.bytes.size()))
    throw system_failure("cannot get random numbers for a call's id");
  return id;
}

std::optional<CallId> CallId::parse(std::string_view text) noexcept {
  if (text.size() != text_length) return std::nullopt;
  CallId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    const int high = nibble(text[2 * i]);
    const int low = nibble(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return id;
}

std::string CallId::text() const {
  std::string text;
  text.reserve(text_length);
  for (const std::uint8_t byte : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

}  // namespace base
