// SPDX-License-Identifier: GPL-2.0-or-later
// What DIS, DTC, DCS and CTC say, in words; a part of frame_words.hpp, and called by it alone. `fif`: what follows
// the facsimile control field, of any length. Not RT safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace t30 {

[[nodiscard]] std::string dis_words(std::span<const std::uint8_t> fif);  // DTC too
[[nodiscard]] std::string dcs_words(std::span<const std::uint8_t> fif);
[[nodiscard]] std::string rate_words(std::span<const std::uint8_t> fif);  // CTC

}  // namespace t30
