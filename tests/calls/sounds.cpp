// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/sounds.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <string_view>

namespace calls {
namespace {

std::int16_t clipped(double value) noexcept {
  return static_cast<std::int16_t>(std::lround(std::clamp(value, -32768.0, 32767.0)));
}

double sine(double hertz, std::size_t at) noexcept {
  return std::sin(2 * std::numbers::pi * hertz * static_cast<double>(at) / samples_per_s);
}

// T.30, 4.2: 1100 Hz for half a second, 3 s of silence.
double cng(std::size_t at) noexcept {
  return at % samples_of_ms(3500) < samples_of_ms(500) ? sine(1100, at) : 0;
}

// Not speech, but what a modem hears of it: a pitch of 110–150 Hz with its harmonics under two slow formants,
// syllables of a quarter of a second with gaps.
double voice(std::size_t at) noexcept {
  const double s = static_cast<double>(at) / samples_per_s;
  const double phase = 130 * s + 2 * std::sin(2 * std::numbers::pi * 0.7 * s);
  const double formant = 600 + 250 * std::sin(2 * std::numbers::pi * 1.3 * s);
  double sum = 0;
  for (int harmonic = 1; harmonic <= 24; ++harmonic) {
    const double hertz = 130.0 * harmonic;
    const double near_first = std::exp(-std::pow((hertz - formant) / 200, 2));
    const double near_second = 0.5 * std::exp(-std::pow((hertz - 1700) / 300, 2));
    sum += (near_first + near_second) * std::sin(2 * std::numbers::pi * phase * harmonic);
  }
  return 0.6 * sum * std::max(0.0, std::sin(2 * std::numbers::pi * 2 * s));
}

// V.8, 5 and 6: what a caller with V.34 says, on V.21's channel 1, of a fax that it wants to send: CI instead of CNG, CM
// in answer to the tone. Ten ones, what follows them, octets with a start and a stop bit, and so on.
Samples v8(const Sound& sound) {
  const bool is_ci = sound.kind == SoundKind::v8_ci;
  // Call function: a fax is sent. Modulation: V.34 half-duplex; V.17, V.29, V.27ter; V.21.
  const Octets octets = is_ci ? Octets{0x81} : Octets{0x81, 0x85, 0xD4, 0x90};
  Bits once;
  for (const char bit : std::string_view(is_ci ? "11111111110000000001" : "11111111110000001111"))
    once.push_back(bit == '1' ? 1 : 0);
  for (const std::uint8_t octet : octets) {
    once.push_back(0);
    append_octet(once, octet);
    once.push_back(1);
  }
  Bits bits;
  for (const std::size_t wanted = std::size_t{sound.ms} * 300 / 1000; bits.size() < wanted;)
    bits.insert(bits.end(), once.begin(), once.end());
  return modulate_v21(bits, sound.level_dbm0, V21Channel::one);
}

}  // namespace

Samples make(const Sound& sound) {
  if (sound.kind == SoundKind::v8_ci || sound.kind == SoundKind::v8_cm) return v8(sound);
  const double amplitude = amplitude_of(sound.level_dbm0);
  // A sine of that amplitude has that level; noise of the same power has this deviation.
  std::normal_distribution<double> noise(0, amplitude / std::numbers::sqrt2);
  std::mt19937 random(1);
  Samples made(samples_of_ms(sound.kind == SoundKind::click ? 2 : sound.ms));
  for (std::size_t at = 0; at < made.size(); ++at) {
    switch (sound.kind) {
      case SoundKind::tone:
        made[at] = clipped(amplitude * sine(sound.hertz, at));
        break;
      case SoundKind::cng:
        made[at] = clipped(amplitude * cng(at));
        break;
      case SoundKind::click:
        made[at] = clipped(at < made.size() / 2 ? amplitude : -amplitude);
        break;
      case SoundKind::noise:
        made[at] = clipped(noise(random));
        break;
      case SoundKind::voice:
        made[at] = clipped(amplitude * voice(at));
        break;
      default:
        break;
    }
  }
  return made;
}

void mix(std::span<std::int16_t> to, std::span<const std::int16_t> what) noexcept {
  for (std::size_t i = 0; i < std::min(to.size(), what.size()); ++i)
    to[i] = clipped(to[i] + what[i]);
}

}  // namespace calls
