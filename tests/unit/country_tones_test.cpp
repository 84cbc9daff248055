// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/country_tones.hpp"

#include <doctest/doctest.h>

#include "src/base/errors.hpp"

using modem::ProgressTone;
using modem::ToneCadence;
using modem::ToneStep;

namespace {

bool same(const std::vector<ToneStep>& some, const std::vector<ToneStep>& others) {
  return std::equal(some.begin(), some.end(), others.begin(), others.end(),
                    [](const ToneStep& a, const ToneStep& b) {
                      return a.first_hz == b.first_hz && a.second_hz == b.second_hz && a.ms == b.ms;
                    });
}

}  // namespace

TEST_CASE("a country has a busy, a congestion and a dial tone, in this order") {
  const std::vector<ToneCadence> tones = hw::country_tones("us");
  REQUIRE(tones.size() == 3);
  CHECK(tones[0].tone == ProgressTone::busy);
  CHECK(same(tones[0].steps, {{480, 620, 500}, {0, 0, 500}}));
  CHECK(tones[1].tone == ProgressTone::congestion);
  CHECK(same(tones[1].steps, {{480, 620, 250}, {0, 0, 250}}));
  CHECK(tones[2].tone == ProgressTone::dial);
  CHECK(same(tones[2].steps, {{350, 440, 0}}));
}

TEST_CASE("a cadence of several steps comes whole") {
  CHECK(same(hw::country_tones("uk")[1].steps, {{400, 0, 400}, {0, 0, 350}, {400, 0, 225}, {0, 0, 525}}));
}

TEST_CASE("what a listener does not need is left out: what is said once, softer, or modulated") {
  CHECK(same(hw::country_tones("tr")[1].steps, {{450, 0, 600}, {0, 0, 200}}));
  CHECK(same(hw::country_tones("au")[1].steps, {{425, 0, 375}, {0, 0, 375}, {425, 0, 375}, {0, 0, 375}}));
  CHECK(same(hw::country_tones("za")[2].steps, {{400, 0, 0}}));
}

TEST_CASE("a country may be written in capitals") {
  CHECK(hw::country_tones("DE").size() == 3);
}

TEST_CASE("a country that libtonezone does not know is refused with the list of those it does") {
  try {
    static_cast<void>(hw::country_tones("atlantis"));
    FAIL("there are tones of Atlantis");
  } catch (const base::Failure& failure) {
    const std::string text = failure.what();
    CHECK(text.starts_with(
        "the tones of the country \"atlantis\" are not known; libtonezone knows those of us, au, fr"));
    CHECK(text.ends_with("cr, ae"));
  }
  CHECK_THROWS_AS(static_cast<void>(hw::country_tones("")), base::Failure);
}
