// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/level.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using Samples = std::vector<std::int16_t>;

namespace {

Samples sine(double amplitude, std::size_t count = 8000) {
  Samples samples(count);
  for (std::size_t i = 0; i < count; ++i)
    samples[i] =
        static_cast<std::int16_t>(amplitude * std::sin(2 * M_PI * 1000 * static_cast<double>(i) / 8000));
  return samples;
}

}  // namespace

TEST_CASE("a sine that fills the code is +3.14 dBm0, and a tenth of it 20 dB less") {
  CHECK(modem::level_dbm0(sine(32767)) == doctest::Approx(3.14).epsilon(0.005));
  CHECK(modem::level_dbm0(sine(3276.7)) == doctest::Approx(-16.86).epsilon(0.005));
}

TEST_CASE("silence, a direct current and nothing at all are -96 dBm0") {
  CHECK(modem::level_dbm0(Samples(160, 0)) == -96);
  CHECK(modem::level_dbm0(Samples(160, 20'000)) == -96);
  CHECK(modem::level_dbm0({}) == -96);
}

TEST_CASE("a direct current adds nothing to the level") {
  Samples samples = sine(1000);
  const float alone = modem::level_dbm0(samples);
  for (std::int16_t& sample : samples)
    sample = static_cast<std::int16_t>(sample + 15'000);
  CHECK(modem::level_dbm0(samples) == doctest::Approx(alone).epsilon(0.001));
}

TEST_CASE("the loudest block there can be is counted right") {
  Samples samples(100'000);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] =
        i % 2 == 0 ? std::numeric_limits<std::int16_t>::min() : std::numeric_limits<std::int16_t>::max();
  CHECK(modem::level_dbm0(samples) == doctest::Approx(6.16).epsilon(0.005));
}

TEST_CASE("a tone has the level and frequency it was begun with, and no step between two blocks") {
  modem::Tone tone;
  tone.begin(2100, -12);
  Samples samples(8000);
  for (std::size_t at = 0; at < samples.size(); at += 160)
    tone.say(std::span(samples).subspan(at, 160));
  CHECK(modem::level_dbm0(samples) == doctest::Approx(-12).epsilon(0.01));
  int rises_through_zero = 0;
  int greatest_step = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    rises_through_zero += samples[i - 1] < 0 && samples[i] >= 0 ? 1 : 0;
    greatest_step = std::max(greatest_step, std::abs(samples[i] - samples[i - 1]));
  }
  CHECK(rises_through_zero >= 2099);
  CHECK(rises_through_zero <= 2101);
  // 2 A sin(pi 2100/8000) with A = 5740.
  CHECK(greatest_step <= 8450);
}
