// SPDX-License-Identifier: GPL-2.0-or-later
// Dial patterns as telephony people know them (Asterisk's extensions.conf):
//   without '_'   the number itself
//   with '_'      X = 0-9, Z = 1-9, N = 2-9, [1-37] = one of these, '.' = one or more of anything (last),
//                 '!' = none or more of anything (last); everything else stands for itself; '-' is ignored
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

// What is wrong with a pattern, as a sentence; nullopt = nothing.
[[nodiscard]] std::optional<std::string> pattern_mistake(std::string_view pattern);
// RT safe. A pattern with a mistake matches nothing.
[[nodiscard]] bool pattern_matches(std::string_view pattern, std::string_view number) noexcept;
// Whether the first surely matches whatever the second matches. False for a pattern with a mistake.
[[nodiscard]] bool pattern_covers(std::string_view general, std::string_view special);

}  // namespace base
