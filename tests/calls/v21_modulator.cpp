// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/v21_modulator.hpp"

#include <cmath>
#include <numbers>

namespace calls {
namespace {

// V.21, 3: a one is 100 Hz below the channel's middle, a zero 100 Hz above it.
constexpr double from_middle_hz = 100;
constexpr double middle_hz(V21Channel channel) {
  return channel == V21Channel::one ? 1080 : 1750;
}
constexpr unsigned bits_per_s = 300;
constexpr std::uint8_t flag = 0x7e;

}  // namespace

std::uint16_t frame_check_sequence(std::span<const std::uint8_t> octets) noexcept {
  unsigned remainder = 0xffff;
  for (const std::uint8_t octet : octets) {
    remainder ^= octet;
    // x^16 + x^12 + x^5 + 1, its bits in the order of the line.
    for (unsigned bit = 0; bit < 8; ++bit)
      remainder = (remainder & 1U) != 0 ? (remainder >> 1U) ^ 0x8408U : remainder >> 1U;
  }
  return static_cast<std::uint16_t>(~remainder);
}

void append_octet(Bits& bits, std::uint8_t octet) {
  for (unsigned bit = 0; bit < 8; ++bit)
    bits.push_back((octet >> bit) & 1U);
}

void append_flags(Bits& bits, unsigned flags) {
  for (unsigned i = 0; i < flags; ++i)
    append_octet(bits, flag);
}

void append_frame(Bits& bits, const V21Frame& frame) {
  Octets octets = frame.octets;
  const unsigned check = frame_check_sequence(octets) ^ (frame.bad_fcs ? 0x1248U : 0U);
  octets.push_back(static_cast<std::uint8_t>(check));
  octets.push_back(static_cast<std::uint8_t>(check >> 8U));
  unsigned ones = 0;
  for (const std::uint8_t octet : octets)
    for (unsigned bit = 0; bit < 8; ++bit) {
      const std::uint8_t value = (octet >> bit) & 1U;
      bits.push_back(value);
      ones = value != 0 ? ones + 1 : 0;
      if (ones < 5) continue;
      bits.push_back(0);
      ones = 0;
    }
}

double amplitude_of(double level_dbm0) noexcept {
  return 32767 * std::pow(10, (level_dbm0 - 3.14) / 20);
}

Samples modulate_v21(const Bits& bits, double level_dbm0, V21Channel channel) {
  Samples sound(bits.size() * samples_per_s / bits_per_s);
  const double amplitude = amplitude_of(level_dbm0);
  double phase = 0;
  for (std::size_t at = 0; at < sound.size(); ++at) {
    const double away = bits[at * bits_per_s / samples_per_s] != 0 ? -from_middle_hz : from_middle_hz;
    sound[at] = static_cast<std::int16_t>(std::lround(amplitude * std::sin(phase)));
    phase += 2 * std::numbers::pi * (middle_hz(channel) + away) / samples_per_s;
  }
  return sound;
}

Samples say_v21(std::span<const V21Frame> frames, unsigned preamble_ms, double level_dbm0) {
  Bits bits;
  append_flags(bits, (preamble_ms * bits_per_s + 7999) / 8000);
  for (const V21Frame& frame : frames) {
    append_frame(bits, frame);
    append_flags(bits, 1);
  }
  append_flags(bits, 1);
  return modulate_v21(bits, level_dbm0);
}

}  // namespace calls
