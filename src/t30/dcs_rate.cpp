// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/dcs_rate.hpp"

#include <algorithm>
#include <array>

namespace t30 {
namespace {

constexpr std::array<DcsRate, 8> rates = {{{0b0000, Modem::v27ter, 2400},
                                           {0b0010, Modem::v27ter, 4800},
                                           {0b0001, Modem::v29, 9600},
                                           {0b0011, Modem::v29, 7200},
                                           {0b1000, Modem::v17, 14400},
                                           {0b1010, Modem::v17, 12000},
                                           {0b1001, Modem::v17, 9600},
                                           {0b1011, Modem::v17, 7200}}};

}  // namespace

DcsRate rate_in_dcs(std::span<const std::uint8_t> octets) noexcept {
  constexpr DcsRate none = {0, Modem::none, 0};
  if (octets.size() < 3) return none;
  // FCF, bits 1 to 8, bits 9 to 16 with bit 9 the lowest.
  const unsigned bits = octets[2] >> 2U & 0xFU;
  const auto* found =
      std::find_if(rates.begin(), rates.end(), [bits](const DcsRate& r) { return r.bits == bits; });
  return found == rates.end() ? none : *found;
}

}  // namespace t30
