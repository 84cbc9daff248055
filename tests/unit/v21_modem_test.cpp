// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include "src/modem/level.hpp"
#include "src/modem/v21.hpp"
#include "tests/unit/allocation_count.hpp"
#include "tests/unit/fast_sound.hpp"
#include "tests/unit/v21_sound.hpp"

using Frames = std::vector<fast_test::Octets>;
using fast_test::append;
using fast_test::noise;
using fast_test::Octets;
using fast_test::Samples;
using fast_test::silence;
using v21_test::frames_as_sound;

namespace {

struct Ear final : modem::V21Listener {
  void v21_carrier(bool up) noexcept override { (up ? carriers_up : carriers_down) += 1; }
  void v21_flags() noexcept override {
    ++flags;
    if (flags == 1) first_flags_at = heard;
  }
  void v21_frame(std::span<const std::uint8_t> octets) noexcept override {
    frames.emplace_back(octets.begin(), octets.end());
    if (frames.size() == 1) first_frame_at = heard;
  }
  void v21_bad_frame() noexcept override { ++bad_frames; }
  void hear(const Samples& sound, std::size_t at_once = 20) {
    for (std::size_t at = 0; at < sound.size(); at += at_once) {
      const auto piece = std::span(sound).subspan(at, std::min(at_once, sound.size() - at));
      heard += piece.size();
      receiver.hear(piece);
    }
  }

  int carriers_up = 0;
  int carriers_down = 0;
  int flags = 0;
  int bad_frames = 0;
  std::size_t heard = 0;
  std::size_t first_flags_at = 0;
  std::size_t first_frame_at = 0;
  Frames frames;
  modem::V21Receiver receiver{*this};
};

Samples all_that_is_said(modem::V21Transmitter& transmitter, std::size_t at_once = 160) {
  Samples sound;
  Samples block(at_once);
  while (transmitter.has_something_to_say()) {
    const std::size_t made = transmitter.say(block);
    sound.insert(sound.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(made));
  }
  return sound;
}

Samples said(const Frames& frames) {
  modem::V21Transmitter transmitter;
  for (const Octets& frame : frames)
    REQUIRE(transmitter.add(frame));
  return all_that_is_said(transmitter);
}

const Octets csi = {0xff, 0x03, 0x40, '1', '0', '0', '5', '5', '5', ' ', ' ', ' ',
                    ' ',  ' ',  ' ',  ' ', ' ', ' ', ' ', ' ', ' ', ' ', '+'};
const Octets dis = {0xff, 0x13, 0x80, 0x00, 0xce, 0xf8, 0x80, 0x00};
const Octets mcf = {0xff, 0x13, 0x8c};

}  // namespace

TEST_CASE("what the transmitter says the receiver hears, from the shortest frame to the longest") {
  const Octets longest = fast_test::some_octets(modem::V21Transmitter::longest_frame);
  const Octets ones(modem::V21Transmitter::longest_frame, 0xff);  // as much stuffing as there can be
  for (const Frames& frames :
       {Frames{mcf}, Frames{csi, dis}, Frames{longest}, Frames{mcf, longest, ones, dis}}) {
    Ear ear;
    ear.hear(silence(1000));
    ear.hear(said(frames));
    ear.hear(silence(1000));
    CHECK(ear.frames == frames);
    CHECK(ear.bad_frames == 0);
    CHECK(ear.flags == 1);
    CHECK(ear.carriers_up == 1);
    CHECK(ear.carriers_down == 1);
  }
}

TEST_CASE("the preamble is 1 s of flags, within 15 %, at the level of -13 dBm0") {
  const Samples sound = said({mcf});
  Ear ear;
  ear.hear(sound);
  // The frame's five octets and its flag take 48 bits and at most two stuffed ones.
  const auto frame_samples = static_cast<std::size_t>(50 * 8000 / 300);
  REQUIRE(ear.frames.size() == 1);
  const std::size_t preamble = ear.first_frame_at - frame_samples;
  CHECK(preamble >= 6800);
  CHECK(preamble <= 9200);
  // Five flags are 133 ms.
  CHECK(ear.first_flags_at < 1500);
  CHECK(modem::level_dbm0(std::span(sound).first(8000)) == doctest::Approx(-13).epsilon(0.02));
}

TEST_CASE(
    "the sound is the same in whatever pieces it is asked for, and the rest of the last is left alone") {
  const Samples whole = said({csi, dis});
  for (const std::size_t at_once : {1U, 7U, 160U, 100'000U}) {
    modem::V21Transmitter transmitter;
    REQUIRE(transmitter.add(csi));
    REQUIRE(transmitter.add(dis));
    CHECK(all_that_is_said(transmitter, at_once) == whole);
  }
  // A bit is 26 2/3 samples, and the carrier ends with a whole one.
  const std::size_t bits = (whole.size() * 3 + 79) / 80;
  CHECK(whole.size() == (bits * 80 + 2) / 3 - 1);
  modem::V21Transmitter transmitter;
  REQUIRE(transmitter.add(csi));
  REQUIRE(transmitter.add(dis));
  Samples block(whole.size() + 100, 12'345);
  CHECK(transmitter.say(block) == whole.size());
  CHECK(std::count(block.begin() + static_cast<std::ptrdiff_t>(whole.size()), block.end(), 12'345) == 100);
  CHECK_FALSE(transmitter.has_something_to_say());
  CHECK(transmitter.say(block) == 0);
}

TEST_CASE("a transmitter speaks again, each time behind a preamble, and forgets when told to") {
  modem::V21Transmitter transmitter;
  REQUIRE(transmitter.add(csi));
  Samples block(4000);
  CHECK(transmitter.say(block) == block.size());
  transmitter.clear();
  CHECK_FALSE(transmitter.has_something_to_say());
  for (int time = 0; time < 3; ++time) {
    REQUIRE(transmitter.add(mcf));
    CHECK(all_that_is_said(transmitter) == said({mcf}));
  }
}

TEST_CASE("a frame added while others are being said, or while the last flags go out, follows them") {
  const std::size_t length = said({csi}).size();
  for (const std::size_t at : {std::size_t{1}, length / 2, length - 500, length - 20, length - 1}) {
    CAPTURE(at);
    modem::V21Transmitter transmitter;
    REQUIRE(transmitter.add(csi));
    Samples sound(at);
    REQUIRE(transmitter.say(sound) == at);
    REQUIRE(transmitter.add(dis));
    append(sound, all_that_is_said(transmitter));
    Ear ear;
    ear.hear(sound);
    CHECK(ear.frames == Frames{csi, dis});
  }
}

TEST_CASE("an empty frame, one that is too long and one too many are refused, and nothing of them is said") {
  modem::V21Transmitter transmitter;
  CHECK_FALSE(transmitter.add({}));
  CHECK_FALSE(transmitter.add(Octets(modem::V21Transmitter::longest_frame + 1)));
  CHECK_FALSE(transmitter.has_something_to_say());
  for (std::size_t i = 0; i < modem::V21Transmitter::most_frames; ++i)
    CHECK(transmitter.add(mcf));
  CHECK_FALSE(transmitter.add(mcf));
  Ear ear;
  ear.hear(all_that_is_said(transmitter));
  CHECK(ear.frames.size() == modem::V21Transmitter::most_frames);
}

TEST_CASE("a bad check sequence is told as a bad frame, and the good frame behind it is heard") {
  Ear ear;
  Samples sound = frames_as_sound({csi}, -13, true);
  ear.hear(sound);
  CHECK(ear.frames.empty());
  CHECK(ear.bad_frames == 1);
  ear.hear(frames_as_sound({dis}));
  CHECK(ear.frames == Frames{dis});
  CHECK(ear.flags >= 2);
}

TEST_CASE("a frame is not longer than the longest, however long it goes on") {
  Ear ear;
  const auto get_bit = [](void* count) -> int {  // flags, then zeros for 30 s
    const int bit = (*static_cast<int*>(count))++;
    return bit < 304 ? 0x7E >> bit % 8 & 1 : bit < 9304 ? 0 : SIG_STATUS_END_OF_DATA;
  };
  int count = 0;
  fsk_tx_state_t* fsk = fsk_tx_init(nullptr, &preset_fsk_specs[FSK_V21CH2], get_bit, &count);
  Samples sound(9304 * 27);
  sound.resize(static_cast<std::size_t>(fsk_tx(fsk, sound.data(), static_cast<int>(sound.size()))));
  fsk_tx_free(fsk);
  ear.hear(sound);
  ear.hear(silence(1000));
  CHECK(ear.frames.empty());
  ear.hear(said({dis}));
  CHECK(ear.frames == Frames{dis});
}

TEST_CASE("noise holds no flags and no frames, not even after a call's first frame has been heard") {
  Ear ear;
  ear.hear(noise(30 * 8000, -20));
  CHECK(ear.flags == 0);
  CHECK(ear.bad_frames == 0);
  ear.hear(said({dis}));
  CHECK(ear.frames == Frames{dis});
  ear.bad_frames = 0;
  ear.hear(noise(60 * 8000, -20, 2));
  CHECK(ear.frames.size() == 1);
  CHECK(ear.bad_frames <= 2);
}

TEST_CASE("a preamble over noise that keeps the carrier up is told each time") {
  Ear ear;
  for (int time = 1; time <= 3; ++time) {
    Samples sound = said({dis});
    append(sound, silence(24'000));
    fast_test::mix(sound, noise(sound.size(), -40, static_cast<unsigned>(time)));
    ear.hear(sound);
    CHECK(ear.frames.size() == static_cast<std::size_t>(time));
    CHECK(ear.flags >= time);
  }
  CHECK(ear.carriers_down == 0);
}

TEST_CASE("the cutoff decides what is a carrier") {
  Ear ear;
  ear.receiver.restart(-30);
  ear.hear(frames_as_sound({mcf}, -36));
  CHECK(ear.carriers_up == 0);
  ear.receiver.restart();
  ear.hear(frames_as_sound({mcf}, -36));
  CHECK(ear.frames == Frames{mcf});
  CHECK(ear.carriers_up == 1);
}

TEST_CASE("once made, V.21's receiver and transmitter ask for no memory") {
  if (!allocation_test::counted) return;
  struct Deaf final : modem::V21Listener {
    void v21_carrier(bool) noexcept override {}
    void v21_flags() noexcept override {}
    void v21_frame(std::span<const std::uint8_t> octets) noexcept override { heard += octets.size(); }
    void v21_bad_frame() noexcept override {}
    std::size_t heard = 0;
  } deaf;
  modem::V21Receiver receiver(deaf);
  modem::V21Transmitter transmitter;
  const Samples hiss = noise(8000, -20);
  const Samples bad = frames_as_sound({csi}, -13, true);
  std::int16_t block[160];
  const std::size_t before = allocation_test::allocations();
  for (int time = 0; time < 3; ++time) {
    receiver.restart();
    REQUIRE_UNARY(transmitter.add(csi));
    for (std::size_t made = 160; made == 160;) {
      made = transmitter.say(block);
      receiver.hear({block, made});
    }
    receiver.hear(hiss);
    receiver.hear(bad);
    transmitter.clear();
  }
  CHECK(allocation_test::allocations() == before);
  CHECK(deaf.heard == 3 * csi.size());
}
