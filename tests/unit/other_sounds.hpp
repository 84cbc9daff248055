// SPDX-License-Identifier: GPL-2.0-or-later
// Sounds for tests of what listens to a line: tones, and all that a line sounds like when it brings neither a caller's
// number nor a hang-up tone.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/fast_sound.hpp"

namespace sound_test {

using fast_test::append;
using fast_test::Samples;

inline double amplitude(float dbm0) {
  return 32767 * std::pow(10, (dbm0 - 3.14) / 20);
}

inline std::int16_t clipped(double value) {
  return static_cast<std::int16_t>(std::clamp(value, -32768.0, 32767.0));
}

inline Samples two_tones(double first_hz, double second_hz, double amplitude, std::size_t samples) {
  Samples sound(samples);
  if (amplitude == 0) return sound;
  for (std::size_t i = 0; i < samples; ++i) {
    const double turn = 2 * M_PI * static_cast<double>(i) / 8000;
    const double second = second_hz == 0 ? 0 : std::sin(turn * second_hz);
    sound[i] = clipped(amplitude * (std::sin(turn * first_hz) + second));
  }
  return sound;
}

inline Samples modulated(double hertz, double by_hertz, double depth, double amplitude, std::size_t samples) {
  Samples sound(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const double turn = 2 * M_PI * static_cast<double>(i) / 8000;
    sound[i] = clipped(amplitude * (1 + depth * std::sin(turn * by_hertz)) * std::sin(turn * hertz));
  }
  return sound;
}

// On and off for ever.
inline Samples bursts(double hertz, float dbm0, std::size_t on, std::size_t off, std::size_t samples) {
  Samples sound;
  while (sound.size() < samples) {
    append(sound, two_tones(hertz, 0, amplitude(dbm0), on));
    append(sound, Samples(off));
  }
  sound.resize(samples);
  return sound;
}

inline Samples v21_flags(std::size_t samples) {
  const auto get_bit = [](void* user) { return 0x7E >> (++*static_cast<int*>(user) % 8) & 1; };
  int bits = 0;
  const std::unique_ptr<fsk_tx_state_t, decltype(&fsk_tx_free)> fsk(
      fsk_tx_init(nullptr, &preset_fsk_specs[FSK_V21CH2], get_bit, &bits), &fsk_tx_free);
  Samples sound(samples);
  fsk_tx(fsk.get(), sound.data(), static_cast<int>(samples));
  return sound;
}

inline Samples v17_image(std::size_t samples) {
  const std::size_t octets = samples / 8000 * 14400 / 8;
  Samples sound = fast_test::fast_sound({modem::FastModem::v17, 14400},
                                        fast_test::bits_of(fast_test::some_octets(octets)));
  sound.resize(samples);
  return sound;
}

// Voices: harmonics of a pitch that wanders between 80 and 260 Hz, some of them stronger (a vowel), in syllables.
inline Samples babble(unsigned voices, std::size_t samples) {
  constexpr int harmonics = 12;
  std::vector<double> sum(samples);
  for (unsigned voice = 0; voice < voices; ++voice) {
    std::minstd_rand random(voice + 7);
    const auto anything = [&random] { return static_cast<double>(random()) / std::minstd_rand::max(); };
    double pitch = 0;
    double vowel = 0;
    double phase = 0;
    for (std::size_t i = 0; i < samples; ++i) {
      if (i % 2000 == 0) {  // a syllable, or a pause
        pitch = anything() < 0.25 ? 0 : 80 + 180 * anything();
        vowel = 300 + 700 * anything();
      }
      if (pitch == 0) continue;
      phase += 2 * M_PI * pitch * (1 + 0.03 * std::sin(static_cast<double>(i) * 0.004)) / 8000;
      const double syllable = std::sin(M_PI * static_cast<double>(i % 2000) / 2000);
      // sin(n + 1) from the two before, by 2 cos.
      const double factor = 2 * std::cos(phase);
      double before = 0;
      double wave = std::sin(phase);
      for (int n = 1; n <= harmonics; ++n) {
        const double away = (n * pitch - vowel) / 150;
        sum[i] += syllable * 1500 * wave / (1 + away * away);
        before = std::exchange(wave, factor * wave - before);
      }
    }
  }
  Samples sound(samples);
  std::transform(sum.begin(), sum.end(), sound.begin(), clipped);
  return sound;
}

inline std::vector<std::pair<std::string, Samples>> sounds_without_tones(std::size_t samples) {
  return {{"CNG", bursts(1100, -15, 4000, 24'000, samples)},
          {"CED", bursts(2100, -13, 26'400, 600, samples)},
          {"V.21 preamble", v21_flags(samples)},
          {"V.17 image", v17_image(samples)},
          {"loud noise", fast_test::noise(samples, -30)},
          {"soft noise", fast_test::noise(samples, -50)},
          {"one speaker", babble(1, samples)},
          {"five speakers", babble(5, samples)}};
}

}  // namespace sound_test
