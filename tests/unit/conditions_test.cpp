// SPDX-License-Identifier: GPL-2.0-or-later
// The simulated line, measured as one would measure a real one: levels in dB, delay by correlation, skew by a
// tone.
#include "hw/exchange/conditions.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

#include "hw/exchange/variable_delay.hpp"

using namespace hw::exchange;
using hw::Block;
using Sound = std::vector<double>;

namespace {

constexpr double full_scale_sine_dbm0 = 3.14;

double dbm0(const Sound& sound, std::size_t from = 0) {
  double power = 0;
  for (std::size_t i = from; i < sound.size(); ++i)
    power += sound[i] * sound[i];
  const double rms = std::sqrt(power / static_cast<double>(sound.size() - from));
  return 20 * std::log10(rms * std::numbers::sqrt2 / 32767) + full_scale_sine_dbm0;
}

// Any time in samples, also between them.
double tone(double hertz, double at_sample, double amplitude = 10'000) {
  return amplitude * std::sin(2 * std::numbers::pi * hertz * at_sample / 8000);
}

Sound tone_of(double hertz, std::size_t samples) {
  Sound sound(samples);
  for (std::size_t i = 0; i < samples; ++i)
    sound[i] = tone(hertz, static_cast<double>(i));
  return sound;
}

// How much of the tone is in the piece, and with which phase.
std::complex<double> part(const Sound& sound, double hertz, std::size_t from, std::size_t count) {
  std::complex<double> sum = 0;
  for (std::size_t i = from; i < from + count; ++i)
    sum += sound[i] * std::polar(1.0, -2 * std::numbers::pi * hertz * static_cast<double>(i) / 8000);
  return sum / static_cast<double>(count);
}

struct Passed {
  Sound to_line, to_caller;
};

// One call: both speak, what arrives is returned.
Passed call(const Conditions& wishes, const Sound& caller, const Sound& line) {
  const auto conditions = std::make_unique<LineConditions>();
  conditions->begin(wishes);
  conditions->answered();
  Passed passed;
  for (std::size_t at = 0; at + hw::samples_per_block <= caller.size(); at += hw::samples_per_block) {
    Block heard, said;
    for (std::size_t i = 0; i < heard.size(); ++i) {
      heard[i] = static_cast<std::int16_t>(std::lround(caller[at + i]));
      said[i] = static_cast<std::int16_t>(std::lround(line[at + i]));
    }
    conditions->towards_line(heard);
    conditions->towards_caller(said);
    passed.to_line.insert(passed.to_line.end(), heard.begin(), heard.end());
    passed.to_caller.insert(passed.to_caller.end(), said.begin(), said.end());
  }
  return passed;
}

Sound silence(std::size_t samples) {
  return Sound(samples, 0.0);
}

Sound rounded(Sound sound) {
  for (double& sample : sound)
    sample = static_cast<double>(std::lround(sample));
  return sound;
}

// Where `heard` is `said` again, by the peak of their correlation and a parabola through it.
double delay_between(const Sound& said, const Sound& heard, std::size_t longest) {
  std::vector<double> match(longest);
  for (std::size_t lag = 0; lag < longest; ++lag)
    for (std::size_t i = longest; i < said.size(); ++i)
      match[lag] += said[i - lag] * heard[i];
  const auto peak = static_cast<std::size_t>(std::max_element(match.begin(), match.end()) - match.begin());
  const double before = match.at(peak - 1), here = match[peak], after = match.at(peak + 1);
  return static_cast<double>(peak) + (before - after) / (2 * (before - 2 * here + after));
}

Sound speech(
    std::size_t samples) {  // smooth noise: it is like itself at one delay only, with a round peak there
  std::mt19937 random(7);
  std::normal_distribution<double> normal(0, 400);
  Sound sound(samples);
  double once = 0, twice = 0;
  for (double& sample : sound) {
    once = 0.8 * once + normal(random);
    sample = twice = 0.8 * twice + once;
  }
  return sound;
}

}  // namespace

TEST_CASE("a line without conditions passes every sample bit for bit") {
  Sound all(65'536);
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<double>(i) - 32'768;
  all.resize(65'440);  // whole blocks
  const Passed passed = call({}, all, all);
  CHECK(passed.to_line == all);
  CHECK(passed.to_caller == all);
}

TEST_CASE("the level changes both ways, by as many dB as wished, and clips at full scale") {
  const Sound sound = tone_of(1000, 8000);
  for (const std::int16_t db100 : {-4000, -1000, -1, 300}) {
    CAPTURE(db100);
    Conditions wishes{};
    wishes.level_db100 = db100;
    const Passed passed = call(wishes, sound, sound);
    CHECK(dbm0(passed.to_line) - dbm0(sound) == doctest::Approx(db100 / 100.0).epsilon(0.002));
    CHECK(passed.to_caller == passed.to_line);
  }
  Conditions loud{};
  loud.level_db100 = 2000;
  const Sound clipped = call(loud, sound, sound).to_line;
  CHECK(*std::max_element(clipped.begin(), clipped.end()) == 32'767);
  CHECK(*std::min_element(clipped.begin(), clipped.end()) == -32'768);
}

TEST_CASE(
    "noise has the power wished, is white, comes to the line alone, and is the same for the same seed") {
  for (const std::int16_t level : {-2000, -5000, -7000}) {
    CAPTURE(level);
    Conditions wishes{};
    wishes.noise_dbm0_100 = level;
    wishes.seed = 42;
    const Passed passed = call(wishes, silence(80'000), silence(80'000));
    // Rounding to 16 bits adds noise of its own, which tells at −70 dBm0.
    CHECK(dbm0(passed.to_line) == doctest::Approx(level / 100.0).epsilon(0.005));
    CHECK(passed.to_caller == silence(80'000));
    CHECK(call(wishes, silence(80'000), silence(80'000)).to_line == passed.to_line);
    wishes.seed = 43;
    CHECK(call(wishes, silence(80'000), silence(80'000)).to_line != passed.to_line);
  }
  Conditions wishes{};
  wishes.noise_dbm0_100 = -2000;
  const Sound noise = call(wishes, silence(80'000), silence(80'000)).to_line;
  double neighbours = 0, power = 0;
  for (std::size_t i = 1; i < noise.size(); ++i) {
    neighbours += noise[i] * noise[i - 1];
    power += noise[i] * noise[i];
  }
  CHECK(std::abs(neighbours / power) < 0.02);
}

TEST_CASE("sound is delayed on its way to the line by fractions of a sample, and not on its way back") {
  const Sound said = speech(16'000);
  for (const std::uint32_t us : {2000U, 2031U, 2063U, 5125U, 20'000U, 250'050U, 1'000'000U}) {
    CAPTURE(us);
    Conditions wishes{};
    wishes.delay_us = us;
    const Passed passed = call(wishes, said, said);
    CHECK(std::abs(delay_between(said, passed.to_line, 8100) - us * 0.008) < 0.03);
    CHECK(passed.to_caller == rounded(said));
  }
}

TEST_CASE("a delay shorter than 2 ms is 2 ms; one of whole samples changes nothing else") {
  const Sound said = rounded(speech(1600));
  Conditions wishes{};
  wishes.delay_us = 1;
  const Sound heard = call(wishes, said, said).to_line;
  for (std::size_t i = 16; i < said.size(); ++i)
    REQUIRE(heard[i] == said[i - 16]);
}

TEST_CASE("half a sample of delay leaves tones of the whole telephone band at their level and phase") {
  for (const double hertz : {300.0, 1100.0, 2100.0, 3400.0}) {
    CAPTURE(hertz);
    Conditions wishes{};
    wishes.delay_us = 10'062;  // 80.496 samples
    const Sound heard = call(wishes, tone_of(hertz, 8000), silence(8000)).to_line;
    for (std::size_t i = 200; i < heard.size(); ++i)
      REQUIRE(std::abs(heard[i] - tone(hertz, static_cast<double>(i) - 80.496)) < 10);  // of 10,000: −60 dB
  }
}

TEST_CASE("the line hears itself: later, and softer") {
  const Sound said = speech(16'000);
  Conditions wishes{};
  wishes.echo_delay_us = 45'000;
  wishes.echo_db100 = -1400;
  const Passed passed = call(wishes, silence(16'000), said);
  CHECK(delay_between(said, passed.to_line, 8100) == doctest::Approx(360).epsilon(0.0001));
  CHECK(dbm0(passed.to_line, 360) - dbm0(said) == doctest::Approx(-14).epsilon(0.02));
  CHECK(passed.to_caller == rounded(said));
}

TEST_CASE("an echo comes a block after the voice at the soonest, a second after at the latest") {
  const Sound said = rounded(speech(16'000));
  Conditions wishes{};
  wishes.echo_db100 = -1;
  wishes.echo_delay_us = 0;
  CHECK(delay_between(said, call(wishes, silence(16'000), said).to_line, 8100) ==
        doctest::Approx(160).epsilon(0.0001));
  wishes.echo_delay_us = 1'000'000;
  CHECK(delay_between(said, call(wishes, silence(16'000), said).to_line, 8100) ==
        doctest::Approx(8000).epsilon(0.0001));
}

TEST_CASE(
    "a caller whose clock is faster sounds higher here, and we sound lower to him; no sample is torn out") {
  for (const std::int16_t skew : {1000, -1000, 10'000, -10'000}) {
    CAPTURE(skew);
    const double faster = skew * 1e-7;
    Conditions wishes{};
    wishes.skew_ppm10 = skew;
    const std::size_t samples = 40 * 8000;
    const Passed passed = call(wishes, tone_of(1700, samples), tone_of(1700, samples));
    for (const auto& [sound, ratio] :
         {std::pair{&passed.to_line, 1 + faster}, {&passed.to_caller, 1 - faster}}) {
      const double heard_hz = 1700 * ratio;
      const auto first = part(*sound, heard_hz, 16'000, 800);
      // From the 2nd to the 38th second the tone is where a tone of the new frequency would be.
      for (std::size_t at = 16'000; at + 800 < samples - 16'000; at += 800) {
        const auto here = part(*sound, heard_hz, at, 800);
        REQUIRE(std::abs(here) == doctest::Approx(5000).epsilon(0.002));
        REQUIRE(std::abs(std::arg(here / first)) < 0.05);  // 1/100 of a sample
      }
    }
  }
}

TEST_CASE("after a quarter of an hour of skew a block is heard twice, and the call goes on") {
  VariableDelay delay;
  delay.begin(0, 1e-3);  // 1000 ppm: 7200 samples in 15 minutes
  unsigned jumps = 0;
  Block ramp;
  double last = 0;
  for (unsigned block = 0; block < 20 * 60 * 50; ++block) {
    for (std::size_t i = 0; i < ramp.size(); ++i)
      ramp[i] = static_cast<std::int16_t>(block % 2000 * 8);
    const auto said = ramp[0];
    delay.pass(ramp);
    // How late we are, in blocks: by the steps of what is said.
    const double late = (said - ramp[80]) / 8.0;
    if (late >= 0 && late > last + 0.5 && block > 100) ++jumps;
    if (late >= 0) last = late;
    if (block < 15 * 60 * 50 - 50) REQUIRE(jumps == 0);
  }
  CHECK(jumps >= 14);  // 5 minutes × 60 s × 8 samples / 160 = 15
  CHECK(jumps <= 16);
}

TEST_CASE("impulses come as often as wished, a millisecond each") {
  Conditions wishes{};
  wishes.impulses_per_min = 120;
  wishes.seed = 5;
  const Passed passed = call(wishes, silence(10 * 60 * 8000), silence(10 * 60 * 8000));
  unsigned hits = 0, loud = 0;
  std::size_t quiet_until = 0;
  for (std::size_t i = 0; i < passed.to_line.size(); ++i) {
    if (passed.to_line[i] == 0) continue;
    ++loud;
    if (i < quiet_until) continue;
    ++hits;
    quiet_until = i + 8;
    CHECK(std::abs(passed.to_line[i]) >= 8000);
    CHECK(std::abs(passed.to_line[i]) <= 24'000);
  }
  CHECK(hits > 1200 - 105);  // 10 minutes; three standard deviations
  CHECK(hits < 1200 + 105);
  CHECK(loud <= hits * 8 + 8);
  CHECK(passed.to_caller == silence(passed.to_caller.size()));
}

TEST_CASE("a lost block is 20 ms of silence, and what follows comes in its own time") {
  Sound said = rounded(speech(1600));
  Conditions wishes{};
  wishes.lost_block = 3;
  const Passed passed = call(wishes, said, said);
  CHECK(passed.to_caller == said);
  std::fill(said.begin() + 320, said.begin() + 480, 0);
  CHECK(passed.to_line == said);
}
