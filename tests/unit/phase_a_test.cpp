// SPDX-License-Identifier: GPL-2.0-or-later
// What a caller hears of us before it has said anything, measured on the sound itself: CED, the pause after it, DIS.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <random>
#include <vector>

#include "tests/calls/memory_sink.hpp"

namespace {

constexpr std::size_t samples_per_ms = 8;
constexpr std::size_t block_samples = 160;
constexpr std::size_t window_samples = 80;  // 10 ms: 21 turns of 2100 Hz

using Samples = std::vector<std::int16_t>;

// The first seconds after the answer, on a line where somebody or nobody is heard.
Samples said_to(const std::function<std::int16_t()>& heard_sample, calls::MemorySink& sink,
                unsigned seconds) {
  t30::Receiver receiver(sink);
  receiver.start({});
  Samples all;
  std::array<std::int16_t, block_samples> heard{}, said{};
  for (unsigned block = 0; block < seconds * 50; ++block) {
    for (std::int16_t& sample : heard)
      sample = heard_sample();
    receiver.block(heard, said);
    all.insert(all.end(), said.begin(), said.end());
  }
  return all;
}

std::int16_t silence() {
  return 0;
}

std::size_t first_sound(const Samples& samples, std::size_t from) {
  while (from < samples.size() && samples[from] == 0)
    ++from;
  return from;
}

// The first of so many zeros together.
std::size_t first_silence(const Samples& samples, std::size_t from) {
  constexpr std::size_t zeros_wanted = 40;  // 5 ms
  std::size_t zeros = 0;
  for (; from < samples.size() && zeros < zeros_wanted; ++from)
    zeros = samples[from] == 0 ? zeros + 1 : 0;
  return from - zeros;
}

// Of a tone of that frequency, against one that began with the samples.
double phase_at(const Samples& samples, std::size_t from, double hertz) {
  std::complex<double> sum;
  for (std::size_t i = from; i < from + window_samples; ++i)
    sum += static_cast<double>(samples[i]) *
           std::polar(1.0, -2 * std::numbers::pi * hertz * static_cast<double>(i) / 8000);
  return std::arg(sum);
}

bool offers_v17(const calls::MemorySink& sink) {
  for (const calls::SeenFrame& frame : sink.frames)
    if (frame.name == "DIS") return (frame.octets.at(2) >> 5U & 1U) != 0;  // bit 14 of T.30, table 2
  FAIL_CHECK("no DIS was said");
  return false;
}

}  // namespace

TEST_CASE("CED comes 1.8 to 2.5 s after the answer, 2.6 to 4.0 s long, 2100 Hz without a phase reversal") {
  calls::MemorySink sink;
  const Samples said = said_to(silence, sink, 8);
  const std::size_t begin = first_sound(said, 0), end = first_silence(said, begin);
  CHECK(begin >= 1800 * samples_per_ms);
  CHECK(begin <= 2500 * samples_per_ms);
  CHECK(end - begin >= 2600 * samples_per_ms);
  CHECK(end - begin <= 4000 * samples_per_ms);
  // 15 Hz beside 2100 Hz (T.30, 4.3.3.2) turn the phase by 54° in 10 ms; a reversal, as of a modem's answering tone, by 180°.
  constexpr double most_turned = 2 * std::numbers::pi * 15 * 0.010;
  for (std::size_t at = begin; at + 2 * window_samples <= end; at += window_samples) {
    const double turned = std::remainder(phase_at(said, at + window_samples, 2100) - phase_at(said, at, 2100),
                                         2 * std::numbers::pi);
    REQUIRE(std::abs(turned) < most_turned);
  }
}

TEST_CASE("between CED and DIS are 75 ms of silence, 20 more or less") {
  calls::MemorySink sink;
  const Samples said = said_to(silence, sink, 8);
  const std::size_t end = first_silence(said, first_sound(said, 0));
  const std::size_t silent = first_sound(said, end) - end;
  CHECK(silent >= 55 * samples_per_ms);
  CHECK(silent <= 95 * samples_per_ms);
}

TEST_CASE("where the line is too noisy for V.17, DIS does not offer it; on a usual line it does") {
  std::mt19937 random(1);
  const auto noise = [&random](double level_dbm0) {
    const double deviation = 32767 * std::pow(10, (level_dbm0 - 3.14) / 20) / std::numbers::sqrt2;
    return [&random, deviation] {
      return static_cast<std::int16_t>(std::lround(std::normal_distribution<double>(0, deviation)(random)));
    };
  };
  for (const auto& [level_dbm0, is_offered] :
       {std::pair{-70.0, true}, {-50.0, true}, {-36.0, false}, {-30.0, false}}) {
    CAPTURE(level_dbm0);
    calls::MemorySink sink;
    (void)said_to(noise(level_dbm0), sink, 20);  // DIS waits for a quiet line at most 8 s
    CHECK(offers_v17(sink) == is_offered);
  }
}
