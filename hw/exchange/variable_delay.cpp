// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/exchange/variable_delay.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "hw/exchange/saturate.hpp"

namespace hw::exchange {
namespace {

constexpr double kaiser_beta = 6;  // computed: wrong by less than −64 dB from 300 to 3400 Hz, best of 4 to 8
constexpr double calm_samples = 15 * 60 * static_cast<double>(samples_per_second);
constexpr double most_reserve_samples = samples_per_second;

double sinc(double x) noexcept {
  return std::abs(x) < 1e-9 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

double kaiser(double x, double half_width) noexcept {
  const double inside = 1 - (x / half_width) * (x / half_width);
  return inside <= 0
             ? 0
             : std::cyl_bessel_i(0, kaiser_beta * std::sqrt(inside)) / std::cyl_bessel_i(0, kaiser_beta);
}

}  // namespace

VariableDelay::Kernels VariableDelay::design() noexcept {
  Kernels made{};
  for (std::size_t phase = 0; phase <= phases; ++phase) {
    const double fraction = static_cast<double>(phase) / phases;
    double sum = 0;
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const double x = static_cast<double>(tap) - (taps / 2.0 - 1) - fraction;
      const double weight = sinc(x) * kaiser(x, taps / 2.0);
      made[phase][tap] = static_cast<float>(weight);
      sum += weight;
    }
    // A constant stays what it is at every fraction: no tone of its own when the delay drifts.
    for (float& weight : made[phase])
      weight = static_cast<float>(weight / sum);
  }
  return made;
}

const VariableDelay::Kernels VariableDelay::kernels = design();

void VariableDelay::begin(double delay_samples, double faster) noexcept {
  heard_ = 0;
  faster_ = faster;
  delay_ = least_ = most_ = 0;
  if (delay_samples <= 0 && faster == 0) return;
  history_.fill(0);
  const double reserve = std::min(std::ceil(std::abs(faster) * calm_samples), most_reserve_samples);
  least_ = std::clamp(delay_samples, least_delay_samples, most_delay_samples);
  most_ = least_ + reserve;
  delay_ = faster > 0 ? most_ : least_;
}

void VariableDelay::pass(Block& block) noexcept {
  if (delay_ <= 0) return;
  for (std::size_t i = 0; i < block.size(); ++i)
    history_[(heard_ + i) % history_size] = block[i];
  for (std::int16_t& sample : block) {
    sample = sample_at(heard_++);
    delay_ -= faster_;
    if (delay_ < least_) delay_ += samples_per_block;
    if (delay_ > std::max(most_, least_ + samples_per_block)) delay_ -= samples_per_block;
  }
}

std::int16_t VariableDelay::sample_at(std::uint64_t now) const noexcept {
  // Counted from one history ahead, so that nothing is negative: what was before the call is silence there.
  const double position = static_cast<double>(now + history_size) - delay_;
  const double whole = std::floor(position);
  const double phase = (position - whole) * phases;
  const auto nearest = static_cast<std::size_t>(phase);
  const auto towards_next = static_cast<float>(phase - static_cast<double>(nearest));
  const auto& here = kernels[nearest];
  const auto& next = kernels[nearest + 1];
  const std::uint64_t first = static_cast<std::uint64_t>(whole) - (taps / 2 - 1);
  float sum = 0;
  for (std::size_t tap = 0; tap < taps; ++tap)
    sum += history_[(first + tap) % history_size] * (here[tap] + towards_next * (next[tap] - here[tap]));
  return saturate(sum);
}

}  // namespace hw::exchange
