// SPDX-License-Identifier: GPL-2.0-or-later
// The modem and the rate that a DCS names (T.30, table 2, bits 11 to 14).
#pragma once

#include <cstdint>
#include <span>

#include "src/t30/receiver.hpp"

namespace t30 {

struct DcsRate {
  unsigned bits;  // bit 11 the lowest
  Modem modem;
  std::uint16_t bps;
};

// From a DCS's octets, the facsimile control field first. Modem::none for a rate nobody has, and for a DCS
// too short.
[[nodiscard]] DcsRate rate_in_dcs(std::span<const std::uint8_t> octets) noexcept;

}  // namespace t30
