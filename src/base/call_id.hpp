// SPDX-License-Identifier: GPL-2.0-or-later
// CALLID: 128 random bits that name a call, its folder, its document, its hand-off and its mail for ever.
// Written as 32 lower-case hexadecimal digits.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

struct CallId {
  static constexpr std::size_t text_length = 32;
  std::array<std::uint8_t, 16> bytes{};

  static CallId random();  // throws std::system_error when the system has no random numbers
  static std::optional<CallId> parse(std::string_view text) noexcept;  // exactly 32 lower-case digits
  [[nodiscard]] std::string text() const;
  auto operator<=>(const CallId&) const = default;  // NOLINT(modernize-use-nullptr): not ours
};

}  // namespace base
