// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/call_progress.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "hw/dahdi/country_tones.hpp"
#include "tests/unit/allocation_count.hpp"
#include "tests/unit/fast_sound.hpp"
#include "tests/unit/other_sounds.hpp"

using fast_test::append;
using fast_test::in_blocks;
using fast_test::mix;
using fast_test::noise;
using fast_test::Samples;
using fast_test::silence;
using modem::CallProgress;
using modem::ProgressTone;
using modem::ToneCadence;
using modem::ToneStep;

namespace {

// All that libtonezone 3.1 knows.
const std::string countries[] = {"us",     "au", "fr", "nl", "uk", "fi", "es", "jp", "no", "at", "nz", "it",
                                 "us-old", "gr", "tw", "cl", "se", "be", "sg", "il", "br", "hu", "lt", "pl",
                                 "za",     "pt", "ee", "mx", "in", "de", "ch", "dk", "cz", "cn", "ar", "my",
                                 "th",     "bg", "ve", "ph", "ru", "tr", "pa", "mo", "cr", "ae"};

constexpr std::size_t second = 8000;

// A tone by its cadence, as far as the time goes; a single frequency is as loud as two together.
Samples tone_sound(const std::vector<ToneStep>& steps, float dbm0, std::size_t samples) {
  Samples sound;
  for (std::size_t i = 0; sound.size() < samples; ++i) {
    const ToneStep& step = steps[i % steps.size()];
    const std::size_t left = samples - sound.size();
    const std::size_t length = step.ms == 0 ? left : std::min<std::size_t>(left, step.ms * 8U);
    const bool two = step.second_hz != 0;
    const double amplitude = step.first_hz == 0 ? 0 : sound_test::amplitude(two ? dbm0 - 3.01F : dbm0);
    append(sound, sound_test::two_tones(step.first_hz, step.second_hz, amplitude, length));
  }
  return sound;
}

struct Heard {
  std::vector<ProgressTone> tones;
  std::size_t first_ms = 0;
};

Heard heard_in(CallProgress& progress, const Samples& sound) {
  Heard heard;
  std::size_t at = 0;
  in_blocks(sound, [&](std::span<const std::int16_t> block) {
    const ProgressTone tone = progress.hear(block);
    at += block.size();
    if (tone == ProgressTone::none) return;
    if (heard.tones.empty()) heard.first_ms = at / 8;
    heard.tones.push_back(tone);
  });
  return heard;
}

// Two cadences that repeat the same steps: nobody can tell them by ear.
bool alike(const ToneCadence& one, const ToneCadence& other) {
  for (std::size_t i = 0; i < one.steps.size() * other.steps.size(); ++i) {
    const ToneStep& a = one.steps[i % one.steps.size()];
    const ToneStep& b = other.steps[i % other.steps.size()];
    if (a.first_hz != b.first_hz || a.second_hz != b.second_hz || a.ms != b.ms) return false;
  }
  return true;
}

// Which tone is to be told: the first one that sounds like this.
ProgressTone told_as(const std::vector<ToneCadence>& tones, const ToneCadence& tone) {
  for (const ToneCadence& other : tones)
    if (alike(other, tone)) return other.tone;
  return tone.tone;
}

// Every cadence of every country, once.
std::vector<ToneCadence> all_cadences() {
  std::vector<ToneCadence> all;
  for (const std::string& country : countries)
    for (const ToneCadence& tone : hw::country_tones(country))
      if (std::none_of(all.begin(), all.end(), [&](const ToneCadence& known) { return alike(known, tone); }))
        all.push_back(tone);
  return all;
}

}  // namespace

TEST_CASE(
    "every country's busy, congestion and dial tone is recognised within 2.4 s, loud and soft, and as "
    "nothing else") {
  std::size_t slowest_ms = 0;
  for (const std::string& country : countries)
    for (const float dbm0 : {-20.0F, -35.0F}) {
      CAPTURE(country);
      CAPTURE(dbm0);
      const std::vector<ToneCadence> tones = hw::country_tones(country);
      REQUIRE(tones.size() == 3);
      CallProgress progress(tones);
      for (const ToneCadence& tone : tones) {
        CAPTURE(tone.tone);
        progress.restart();
        heard_in(progress, silence(second / 10));
        const Heard heard = heard_in(progress, tone_sound(tone.steps, dbm0, 6 * second));
        CHECK(heard.tones == std::vector{told_as(tones, tone)});
        slowest_ms = std::max(slowest_ms, heard.first_ms);
      }
    }
  CHECK(slowest_ms > 2000);  // else it would not have heard a whole cycle
  CHECK(slowest_ms <= 2400);
}

TEST_CASE("the countries whose congestion tone is their busy tone: it is told as busy") {
  std::string same;
  for (const std::string& country : countries) {
    const std::vector<ToneCadence> tones = hw::country_tones(country);
    if (alike(tones[0], tones[1])) same += country + " ";
  }
  CHECK(same == "au jp hu pl mx my pa cr ");
}

TEST_CASE("a tone is recognised when the listening begins in the middle of one of its steps") {
  for (const std::string& country : countries) {
    CAPTURE(country);
    const std::vector<ToneCadence> tones = hw::country_tones(country);
    CallProgress progress(tones);
    for (const ToneCadence& tone : tones)
      for (const std::size_t missed : {100U * 8, 450U * 8}) {
        CAPTURE(tone.tone);
        progress.restart();
        const Samples sound = tone_sound(tone.steps, -25, 5 * second);
        const Heard heard =
            heard_in(progress, Samples(sound.begin() + static_cast<std::ptrdiff_t>(missed), sound.end()));
        CHECK(heard.tones == std::vector{told_as(tones, tone)});
        CHECK(heard.first_ms <= 3400);
      }
  }
}

TEST_CASE("an exchange may be 10 % slow or fast, and 1.5 % high") {
  for (const char* const country : {"us", "uk", "de", "es", "br"})
    for (const unsigned percent : {90U, 110U}) {
      CAPTURE(country);
      CAPTURE(percent);
      const std::vector<ToneCadence> tones = hw::country_tones(country);
      CallProgress progress(tones);
      for (ToneCadence tone : tones) {
        const ProgressTone expected = tone.tone;
        for (ToneStep& step : tone.steps) {
          step.ms = static_cast<std::uint16_t>(step.ms * percent / 100);
          step.first_hz = static_cast<std::uint16_t>(step.first_hz * 203 / 200);
          step.second_hz = static_cast<std::uint16_t>(step.second_hz * 203 / 200);
        }
        progress.restart();
        CHECK(heard_in(progress, tone_sound(tone.steps, -20, 4 * second)).tones == std::vector{expected});
      }
    }
}

TEST_CASE("one of two frequencies may arrive 6 dB softer than the other") {
  const std::vector<ToneCadence> tones = hw::country_tones("us");
  CallProgress progress(tones);
  for (const bool lower : {true, false}) {
    CAPTURE(lower);
    Samples dial = tone_sound({{350, 0, 0}}, lower ? -26 : -20, 3 * second);
    mix(dial, tone_sound({{440, 0, 0}}, lower ? -20 : -26, 3 * second));
    CHECK(heard_in(progress, dial).tones == std::vector{ProgressTone::dial});
    Samples busy = tone_sound({{480, 0, 500}, {0, 0, 500}}, lower ? -26 : -20, 3 * second);
    mix(busy, tone_sound({{620, 0, 500}, {0, 0, 500}}, lower ? -20 : -26, 3 * second));
    CHECK(heard_in(progress, busy).tones == std::vector{ProgressTone::busy});
  }
}

TEST_CASE("a single burst between pauses of the right length is no cadence; two are one") {
  const std::vector<ToneStep> steps = {{425, 0, 250}, {0, 0, 2000}};
  CallProgress progress({{ProgressTone::congestion, steps}});
  heard_in(progress, silence(2 * second));
  const Samples burst = tone_sound(steps, -20, 18'000);
  CHECK(heard_in(progress, burst).tones.empty());
  const Heard heard = heard_in(progress, burst);
  CHECK(heard.tones == std::vector{ProgressTone::congestion});
  CHECK(heard.first_ms >= 250);
}

TEST_CASE("a dial tone that is modulated is recognised, fully modulated and as the driver does it") {
  const std::map<std::string, std::pair<int, int>> modulated = {
      {"us-old", {600, 120}}, {"za", {400, 33}}, {"in", {400, 25}}, {"th", {400, 50}}};
  for (const auto& [country, frequencies] : modulated)
    for (const double depth : {0.3, 1.0}) {
      CAPTURE(country);
      CAPTURE(depth);
      CallProgress progress(hw::country_tones(country));
      const Samples tone = sound_test::modulated(frequencies.first, frequencies.second, depth,
                                                 sound_test::amplitude(-22), 3 * second);
      CHECK(heard_in(progress, tone).tones == std::vector{ProgressTone::dial});
    }
}

TEST_CASE("Australia's congestion tone, each second burst of it 10 dB softer, is recognised at -35 dBm0") {
  Samples tone;
  for (int cycle = 0; cycle < 3; ++cycle) {
    append(tone, tone_sound({{425, 0, 375}, {0, 0, 375}}, -35, 6000));
    append(tone, tone_sound({{425, 0, 375}, {0, 0, 375}}, -45.5, 6000));
  }
  CallProgress progress(hw::country_tones("au"));
  CHECK(heard_in(progress, tone).tones == std::vector{ProgressTone::busy});
}

TEST_CASE("Turkey's congestion tone begins with three short bursts that do not come again") {
  Samples tone = tone_sound({{450, 0, 200}, {0, 0, 200}}, -20, 9600);
  append(tone, tone_sound({{450, 0, 600}, {0, 0, 200}}, -20, 3 * second));
  CallProgress progress(hw::country_tones("tr"));
  const Heard heard = heard_in(progress, tone);
  CHECK(heard.tones == std::vector{ProgressTone::congestion});
  CHECK(heard.first_ms <= 3000);
}

TEST_CASE("a tone is recognised behind a line's noise, its direct current and the echo of our own CED") {
  const Samples direct_current(4 * second, 3277);
  for (const char* const country : {"us", "de"}) {
    const std::vector<ToneCadence> tones = hw::country_tones(country);
    CallProgress progress(tones);
    for (const ToneCadence& tone : tones) {
      CAPTURE(country);
      CAPTURE(tone.tone);
      Samples sound = tone_sound(tone.steps, -25, 4 * second);
      mix(sound, noise(sound.size(), -50));
      mix(sound, direct_current);
      mix(sound, sound_test::two_tones(2100, 0, sound_test::amplitude(-32), sound.size()));
      progress.restart();
      CHECK(heard_in(progress, sound).tones == std::vector{tone.tone});
    }
  }
}

TEST_CASE("a tone that is interrupted and comes again is told again") {
  const std::vector<ToneCadence> tones = hw::country_tones("de");
  CallProgress progress(tones);
  for (const ToneCadence& tone : tones) {
    const Samples sound = tone_sound(tone.steps, -20, 3 * second);
    CHECK(heard_in(progress, sound).tones == std::vector{tone.tone});
    CHECK(heard_in(progress, silence(second)).tones.empty());
    CHECK(heard_in(progress, sound).tones == std::vector{tone.tone});
  }
}

TEST_CASE("after a restart a tone has to be heard anew") {
  const std::vector<ToneCadence> tones = hw::country_tones("de");
  CallProgress progress(tones);
  for (const ToneCadence& tone : tones) {
    CAPTURE(tone.tone);
    // A whole number of cycles, and not enough.
    const Samples beginning = tone_sound(tone.steps, -20, 7680);
    progress.restart();
    CHECK(heard_in(progress, beginning).tones.empty());
    progress.restart();
    CHECK(heard_in(progress, beginning).tones.empty());
    CHECK(heard_in(progress, tone_sound(tone.steps, -20, 2 * second)).tones == std::vector{tone.tone});
  }
}

TEST_CASE("in a minute of what a fax call sounds like, of noise and of speech, no country's tone is heard") {
  CallProgress progress(all_cadences());
  for (const auto& [name, sound] : sound_test::sounds_without_tones(60 * second)) {
    CAPTURE(name);
    progress.restart();
    CHECK(sound.size() == 60 * second);
    CHECK(heard_in(progress, sound).tones.empty());
  }
}

TEST_CASE("a ringing tone, a held note and silence are no hang-up") {
  const std::vector<ToneCadence> tones = hw::country_tones("us");
  CallProgress progress(tones);
  CHECK(heard_in(progress, tone_sound({{440, 480, 2000}, {0, 0, 4000}}, -20, 14 * second)).tones.empty());
  CHECK(heard_in(progress, tone_sound({{440, 0, 0}}, -20, 5 * second)).tones.empty());
  CHECK(heard_in(progress, tone_sound({{350, 0, 0}}, -20, 5 * second)).tones.empty());
  CHECK(heard_in(progress, silence(60 * second)).tones.empty());
}

TEST_CASE("cadences that say nothing are never heard, whatever comes") {
  CallProgress progress({{ProgressTone::busy, {}},
                         {ProgressTone::busy, {{0, 0, 0}}},
                         {ProgressTone::congestion, {{0, 0, 500}, {0, 0, 250}}}});
  CHECK(heard_in(progress, silence(4 * second)).tones.empty());
  CHECK(heard_in(progress, tone_sound({{425, 0, 500}, {0, 0, 500}}, -20, 4 * second)).tones.empty());
}

TEST_CASE("neighbouring steps of one sound are one step, and a sound without pauses is continuous") {
  CallProgress split({{ProgressTone::busy, {{425, 0, 200}, {425, 0, 300}, {0, 0, 400}, {0, 0, 100}}}});
  const Samples busy = tone_sound({{425, 0, 500}, {0, 0, 500}}, -20, 4 * second);
  CHECK(heard_in(split, busy).tones == std::vector{ProgressTone::busy});
  CallProgress continuous({{ProgressTone::dial, {{425, 0, 200}, {425, 0, 300}}}});
  const Samples dial = tone_sound({{425, 0, 0}}, -20, 4 * second);
  CHECK(heard_in(continuous, dial).tones == std::vector{ProgressTone::dial});
}

TEST_CASE("hearing and restarting take no memory") {
  const std::vector<ToneCadence> tones = hw::country_tones("uk");
  CallProgress progress(tones);
  const Samples sound = tone_sound(tones[1].steps, -20, 4 * second);
  const std::size_t before = allocation_test::allocations();
  unsigned told = 0;
  for (int time = 0; time < 3; ++time) {
    progress.restart();
    in_blocks(sound, [&](std::span<const std::int16_t> block) {
      if (progress.hear(block) != ProgressTone::none) ++told;
    });
  }
  CHECK(allocation_test::allocations() == before);
  CHECK(told == 3);
}
