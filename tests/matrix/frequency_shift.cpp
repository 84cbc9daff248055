// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/matrix/frequency_shift.hpp"

#include <cmath>
#include <numbers>

#include "hw/exchange/saturate.hpp"

namespace matrix {

// The ideal transformer, 2/(πn) at odd n, under a Hamming window.
FrequencyShift::Taps FrequencyShift::design() noexcept {
  Taps all{};
  for (std::size_t i = 0; i < taps; ++i) {
    const double n = static_cast<double>(i) - static_cast<double>(centre);
    if (i % 2 == centre % 2) continue;
    const double window = 0.54 + 0.46 * std::cos(std::numbers::pi * n / (centre + 1.0));
    all.at(i) = static_cast<float>(2 / (std::numbers::pi * n) * window);
  }
  return all;
}

const FrequencyShift::Taps& FrequencyShift::hilbert() noexcept {
  static const Taps designed = design();
  return designed;
}

void FrequencyShift::begin(double hertz) noexcept {
  turns_ = 0;
  turns_a_sample_ = hertz / static_cast<double>(hw::samples_per_second);
  heard_.fill(0);
  at_ = 0;
}

void FrequencyShift::pass(hw::Block& block) noexcept {
  if (turns_a_sample_ == 0) return;
  for (std::int16_t& sample : block) {
    heard_.at(at_) = sample;
    at_ = (at_ + 1) % taps;
    sample = shifted();
    turns_ += turns_a_sample_;
    turns_ -= std::floor(turns_);
  }
}

// cos(φ)·x − sin(φ)·x̂: the sideband above (or, turning backwards, below).
std::int16_t FrequencyShift::shifted() const noexcept {
  const Taps& filter = hilbert();
  float quadrature = 0;
  for (std::size_t back = (centre + 1) % 2; back < taps; back += 2)  // the others are 0
    quadrature += filter[back] * heard_[(at_ + taps - 1 - back) % taps];
  const double angle = 2 * std::numbers::pi * turns_;
  const double in_phase = heard_[(at_ + taps - 1 - centre) % taps];
  return hw::exchange::saturate(
      static_cast<float>(in_phase * std::cos(angle) - quadrature * std::sin(angle)));
}

}  // namespace matrix
