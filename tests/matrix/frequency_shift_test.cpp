// SPDX-License-Identifier: GPL-2.0-or-later
// The carrier offset of the line matrix, measured with tones.
#include "tests/matrix/frequency_shift.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace {

std::vector<double> shifted_tone(double hertz, double by) {
  matrix::FrequencyShift shift;
  shift.begin(by);
  std::vector<double> sound;
  for (std::size_t n = 0; n < 60; ++n) {
    hw::Block block;
    for (std::size_t i = 0; i < block.size(); ++i)
      block.at(i) = static_cast<std::int16_t>(std::lround(
          8000 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(n * block.size() + i) / 8000)));
    shift.pass(block);
    if (n >= 10) sound.insert(sound.end(), block.begin(), block.end());  // 1 s, when the filter is full
  }
  return sound;
}

// In dB against the tone that went in. Over whole periods: 1 s, whole hertz.
double strength_db(const std::vector<double>& sound, double hertz) {
  std::complex<double> sum = 0;
  for (std::size_t i = 0; i < sound.size(); ++i)
    sum += sound[i] * std::polar(1.0, -2 * std::numbers::pi * hertz * static_cast<double>(i) / 8000);
  return 20 * std::log10(2 * std::abs(sum) / static_cast<double>(sound.size()) / 8000);
}

}  // namespace

TEST_CASE(
    "a tone comes out 7 Hz higher or lower, as strong as it went in, and nothing is left of where it was") {
  for (const double by : {7.0, -7.0})
    for (const double hertz : {300.0, 600.0, 1100.0, 1700.0, 2100.0, 3000.0, 3400.0}) {
      CAPTURE(hertz);
      CAPTURE(by);
      const std::vector<double> sound = shifted_tone(hertz, by);
      CHECK(std::abs(strength_db(sound, hertz + by)) < 0.1);
      CHECK(strength_db(sound, hertz) < -40);
      CHECK(strength_db(sound, hertz - by) < -40);  // the other sideband
    }
}

TEST_CASE("without an offset sound passes bit for bit") {
  matrix::FrequencyShift shift;
  shift.begin(0);
  hw::Block block;
  for (std::size_t i = 0; i < block.size(); ++i)
    block.at(i) = static_cast<std::int16_t>(i * 377);
  const hw::Block before = block;
  shift.pass(block);
  CHECK(block == before);
}
