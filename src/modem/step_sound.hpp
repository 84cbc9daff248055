// SPDX-License-Identifier: GPL-2.0-or-later
// What one step of a tone's cadence sounds like, and whether 16 ms of a line are that: one frequency or two, which must
// be most of what is heard. For call_progress.cpp. RT safe.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "src/modem/call_progress.hpp"

namespace modem {

// 16 ms: tones 62.5 Hz apart can be told from each other, and the shortest step there is (165 ms) has ten of these.
inline constexpr std::size_t tone_block_samples = 128;
using ToneBlock = std::array<float, tone_block_samples>;

inline float energy_of(const ToneBlock& block) noexcept {
  float energy = 0;
  for (const float sample : block)
    energy += sample * sample;
  return energy;
}

class StepSound {
 public:
  explicit StepSound(const ToneStep& step) noexcept
      : low_hz_(std::min(step.first_hz, step.second_hz)), high_hz_(std::max(step.first_hz, step.second_hz)) {}

  bool operator==(const StepSound&) const noexcept = default;
  [[nodiscard]] bool silent() const noexcept { return high_hz_ == 0; }

  // The energy of this sound in the block, whose whole energy is given; 0 when the block sounds otherwise.
  [[nodiscard]] float energy(const ToneBlock& block, float whole) const noexcept {
    if (low_hz_ == 0) return enough(energy_at(block, high_hz_), whole);
    // Too close to be told apart: they sound like one between them.
    if (high_hz_ - low_hz_ < resolved_hz) return enough(energy_at(block, (low_hz_ + high_hz_) / 2), whole);
    const float low = energy_at(block, low_hz_);
    const float high = energy_at(block, high_hz_);
    if (std::min(low, high) * greatest_twist < std::max(low, high)) return 0;
    return enough(low + high, whole);
  }

 private:
  static constexpr float resolved_hz = 8000.0F / tone_block_samples;
  // So much of the whole must be this sound: a carrier that is modulated fully has 2/3.
  static constexpr float least_share = 0.5F;
  // Of two powers: 6 dB are the network's, the rest is what each frequency adds to or takes from the other. A single
  // tone looks like two of 1 : 20.
  static constexpr float greatest_twist = 12;

  static float enough(float energy, float whole) noexcept {
    return energy < least_share * whole ? 0 : energy;
  }

  // Goertzel's algorithm.
  static float energy_at(const ToneBlock& block, float hertz) noexcept {
    const float factor = 2 * std::cos(2 * static_cast<float>(M_PI) * hertz / 8000);
    float last = 0;
    float before = 0;
    for (const float sample : block) {
      const float now = sample + factor * last - before;
      before = last;
      last = now;
    }
    return 2 * (last * last + before * before - factor * last * before) / tone_block_samples;
  }

  float low_hz_, high_hz_;
};

}  // namespace modem
