// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "src/modem/tones.hpp"
#include "src/modem/v21_frames.hpp"
#include "tests/unit/v21_sound.hpp"

using v21_test::frames_as_sound;
using v21_test::Octets;
using v21_test::Samples;

namespace {

struct Heard {
  Octets octets;
  std::uint64_t ended_at;
};

std::vector<Heard> frames_in(const Samples& sound, std::size_t at_once = 160) {
  std::vector<Heard> frames;
  modem::V21Frames listener([&](std::span<const std::uint8_t> octets, std::uint64_t ended_at) {
    frames.push_back({{octets.begin(), octets.end()}, ended_at});
  });
  for (std::size_t at = 0; at < sound.size(); at += at_once)
    listener.hear(std::span(sound).subspan(at, std::min(at_once, sound.size() - at)));
  return frames;
}

const Octets csi = {0xff, 0x03, 0x40, '1', '0', '0', '5', '5', '5', ' ', ' ', ' ',
                    ' ',  ' ',  ' ',  ' ', ' ', ' ', ' ', ' ', ' ', ' ', '+'};
const Octets dis = {0xff, 0x13, 0x80, 0x00, 0xce, 0xf8, 0x80, 0x00};
const Octets mcf = {0xff, 0x13, 0x8c};

Samples tone(double hertz, double seconds) {
  Samples sound(static_cast<std::size_t>(seconds * 8000));
  for (std::size_t i = 0; i < sound.size(); ++i)
    sound[i] = static_cast<std::int16_t>(4000 * std::sin(2 * M_PI * hertz * static_cast<double>(i) / 8000));
  return sound;
}

bool hears(modem::FaxTone which, const Samples& sound) {
  modem::ToneListener listener(which);
  return listener.hear(sound);
}

}  // namespace

TEST_CASE("frames are heard octet by octet, in their order, loud or as soft as T.30 allows") {
  for (const float level : {-3.0F, -13.0F, -30.0F, -43.0F}) {
    CAPTURE(level);
    const auto frames = frames_in(frames_as_sound({csi, dis}, level));
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].octets == csi);
    CHECK(frames[1].octets == dis);
  }
}

TEST_CASE("a frame's end is known to a few milliseconds, in whatever pieces the sound comes") {
  Samples sound(16'000, 0);
  const Samples frame = frames_as_sound({mcf});
  sound.insert(sound.end(), frame.begin(), frame.end());
  const auto whole = frames_in(sound, sound.size());
  REQUIRE(whole.size() == 1);
  // The last bit of the frame is its closing flag's, which ends before the carrier does.
  CHECK(whole[0].ended_at > 16'000 + 8000);
  CHECK(whole[0].ended_at < sound.size());
  for (const std::size_t at_once : {1U, 7U, 160U}) {
    const auto pieces = frames_in(sound, at_once);
    REQUIRE(pieces.size() == 1);
    CHECK(std::abs(static_cast<double>(pieces[0].ended_at) - static_cast<double>(whole[0].ended_at)) <= 20);
  }
}

TEST_CASE("a frame whose check sequence is wrong is no frame") {
  CHECK(frames_in(frames_as_sound({mcf}, -13, true)).empty());
}

TEST_CASE("silence and noise hold no frames") {
  CHECK(frames_in(Samples(80'000, 0)).empty());
  std::mt19937 random(1);
  std::normal_distribution<double> normal(0, 3000);
  Samples noise(30 * 8000);
  for (std::int16_t& sample : noise)
    sample = static_cast<std::int16_t>(normal(random));
  CHECK(frames_in(noise).empty());
}

TEST_CASE("CNG and CED are told apart, and from flags") {
  CHECK(hears(modem::FaxTone::cng, tone(1100, 0.5)));
  CHECK_FALSE(hears(modem::FaxTone::cng, tone(2100, 3)));
  CHECK(hears(modem::FaxTone::ced, tone(2100, 3)));
  CHECK_FALSE(hears(modem::FaxTone::ced, tone(1100, 3)));
  const Samples flags = frames_as_sound({mcf});
  CHECK(hears(modem::FaxTone::ced_or_preamble, flags));
  CHECK_FALSE(hears(modem::FaxTone::cng, flags));
}
