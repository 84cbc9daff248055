// SPDX-License-Identifier: GPL-2.0-or-later
// Moves every frequency of a sound by the same few hertz, as a carrier system does whose two ends differ (ITU-T
// G.135 allows 2 Hz, old ones did 7). Single sideband: a Hilbert transformer gives the sound's analytic signal,
// which is turned by the offset; its real part is what comes out, 8 ms later. Owned by one call of the line
// matrix; all memory is in the object.
#pragma once

#include <array>
#include <cstddef>

#include "hw/line.hpp"

namespace matrix {

class FrequencyShift {
 public:
  // 0: sound passes bit for bit, without delay.
  void begin(double hertz) noexcept;
  void pass(hw::Block& block) noexcept;

 private:
  // Type III, odd and antisymmetric; flat within 0.05 dB from 200 to 3800 Hz.
  static constexpr std::size_t taps = 127;
  static constexpr std::size_t centre = taps / 2;
  using Taps = std::array<float, taps>;

  static Taps design() noexcept;
  static const Taps& hilbert() noexcept;
  [[nodiscard]] std::int16_t shifted() const noexcept;

  double turns_ = 0, turns_a_sample_ = 0;
  std::array<float, taps> heard_{};  // a ring; the oldest at `at_`
  std::size_t at_ = 0;
};

}  // namespace matrix
