// SPDX-License-Identifier: GPL-2.0-or-later
// What else is on a telephone line: tones, CNG, V.8, clicks, noise, something like a voice. The same for the same
// arguments. Any thread; nothing is kept.
#pragma once

#include "tests/calls/v21_modulator.hpp"

namespace calls {

enum class SoundKind : std::uint8_t { tone, cng, click, noise, voice, v8_ci, v8_cm };

struct Sound {
  SoundKind kind = SoundKind::tone;
  unsigned hertz = 0;  // of a tone
  unsigned ms = 0;     // a click is as long as a click is: 2 ms
  double level_dbm0 = -14;
};

[[nodiscard]] constexpr std::size_t samples_of_ms(unsigned ms) noexcept {
  return std::size_t{ms} * samples_per_s / 1000;
}

[[nodiscard]] Samples make(const Sound& sound);
// Adds `what` to `to` from there on, as far as `to` goes; clipped, not wrapped.
void mix(std::span<std::int16_t> to, std::span<const std::int16_t> what) noexcept;

}  // namespace calls
