// SPDX-License-Identifier: GPL-2.0-or-later
// Which rates are refused for noise although TCF came through. Its 14400 bits cannot show the error in 60000 bits that
// spoils one row in 200; how far the modem's symbols lie beside their points can.
#pragma once

#include <array>

#include "src/t30/page_sink.hpp"

namespace t30 {

struct NoisyRate {
  Modem modem;
  std::uint16_t bps;
  float least_snr_db;      // for fewer than 0.5 % of rows wrong, and no page with more than 1 %
  std::uint16_t next_bps;  // what a caller drops to

  // Error correction repeats what is lost; 2.5 dB below, that is every fourth frame and more (by the distance of
  // the constellation's points), and another 2 dB below nearly all: such a page does not get through (2 calls of 8
  // failed in V.29 at 9600 bit/s in 17 dB).
  [[nodiscard]] constexpr float least_for(bool ecm) const noexcept { return least_snr_db - (ecm ? 2.5F : 0); }
};

// Measured with pages of 200 rows in MR, in white noise, by the ratio in TCF; wrong rows, and pages with more than
// 1 % of them:
//   V.29 9600:     20.0 dB 1.2 %, 10 of 24; 20.5 0.3 %; 21.0 0.2 %; 21.5 0.2 %; 22.0 0.2 %; from 22.5 none in 360
//   V.29 7200:     15.5 dB 2.7 %, 2 of 3; 16.5 0.4 %; 17.0 0.3 %, 1 of 15; 17.5 0.06 %; from 18.0 none in 24
//   V.27ter 4800:  17.0 dB 2.9 %, 15 of 18; 17.5 0.3 %, 1 of 21; 18.0 0.3 %; 18.5 0.2 %, 1 of 39; 19.0 0.05 %
// On lines with noise of -70 dBm0 at -10 to -40 dBm0, ±7 Hz, ±100 ppm and 30 ms of echo it is 27 dB and more with V.29,
// 23 and more with V.27ter.
inline constexpr std::array noisy_rates = {NoisyRate{Modem::v29, 9600, 21.5F, 7200},
                                           NoisyRate{Modem::v29, 7200, 17.5F, 4800},
                                           NoisyRate{Modem::v27ter, 4800, 19.5F, 2400}};

// Null: this rate is taken as TCF has it.
constexpr const NoisyRate* find_noisy_rate(Modem modem, std::uint16_t bps) noexcept {
  for (const NoisyRate& rate : noisy_rates)
    if (rate.modem == modem && rate.bps == bps) return &rate;
  return nullptr;
}

}  // namespace t30
