// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/level.hpp"

#include <cmath>

#include "src/modem/spandsp.hpp"

namespace modem {
namespace {

constexpr float silence_dbm0 = -96;
struct Sums {
  std::int64_t sample = 0;
  std::int64_t square = 0;
};

Sums sums_of(std::span<const std::int16_t> samples) noexcept {
  Sums sums;
  for (const std::int32_t sample : samples) {
    sums.sample += sample;
    sums.square += sample * sample;
  }
  return sums;
}

}  // namespace

float level_dbm0(std::span<const std::int16_t> samples) noexcept {
  if (samples.empty()) return silence_dbm0;
  const Sums sums = sums_of(samples);
  const double count = static_cast<double>(samples.size());
  const double mean = static_cast<double>(sums.sample) / count;
  const double power = static_cast<double>(sums.square) / count - mean * mean;
  // DBM0_MAX_POWER is a square wave's that fills the code, 3.02 dB above the sine's.
  const float level = 10 * std::log10(static_cast<float>(power / (32767.0 * 32767.0)) + 1e-12F) +
                      static_cast<float>(DBM0_MAX_POWER);
  return level < silence_dbm0 ? silence_dbm0 : level;
}

void Tone::begin(float hertz, float level_dbm0) noexcept {
  rate_ = dds_phase_ratef(hertz);
  amplitude_ = dds_scaling_dbm0f(level_dbm0);
}

void Tone::say(std::span<std::int16_t> said) noexcept {
  for (std::int16_t& sample : said)
    sample = static_cast<std::int16_t>(dds_modf(&phase_, rate_, amplitude_, 0));
}

}  // namespace modem
