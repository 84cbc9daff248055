// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "src/modem/spandsp.hpp"
#include "tests/calls/v21_modulator.hpp"

using namespace calls;

namespace {

// spandsp's V.21 receiver and HDLC framing.
class SpandspEar {
 public:
  SpandspEar()
      : hdlc_(hdlc_rx_init(nullptr, FALSE, TRUE, 5, &take_frame, this), &hdlc_rx_free),
        fsk_(fsk_rx_init(nullptr, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC, &put_bit, hdlc_.get()),
             &fsk_rx_free) {
    fsk_rx_signal_cutoff(fsk_.get(), -46);
  }
  SpandspEar(const SpandspEar&) = delete;
  SpandspEar& operator=(const SpandspEar&) = delete;

  void hear(const Samples& samples) { fsk_rx(fsk_.get(), samples.data(), static_cast<int>(samples.size())); }

  std::vector<Octets> good;
  unsigned bad = 0;

 private:
  static void put_bit(void* hdlc, int bit) { hdlc_rx_put_bit(static_cast<hdlc_rx_state_t*>(hdlc), bit); }
  static void take_frame(void* self, const std::uint8_t* octets, int length, int is_good) {
    auto& ear = *static_cast<SpandspEar*>(self);
    if (length <= 0) return;
    if (is_good != 0) {
      ear.good.emplace_back(octets, octets + length);
    } else {
      ++ear.bad;
    }
  }

  std::unique_ptr<hdlc_rx_state_t, decltype(&hdlc_rx_free)> hdlc_;
  std::unique_ptr<fsk_rx_state_t, decltype(&fsk_rx_free)> fsk_;
};

Octets all_octets() {
  Octets octets(120);
  std::iota(octets.begin(), octets.end(), std::uint8_t{0});
  octets.insert(octets.end(), 8, 0xff);  // runs of ones beyond every zero insertion
  return octets;
}

// How much of one frequency there is, as the amplitude of a sine.
double amplitude_at(const Samples& samples, double hertz) {
  double in_phase = 0, quadrature = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * M_PI * hertz * static_cast<double>(i) / samples_per_s;
    in_phase += samples[i] * std::cos(angle);
    quadrature += samples[i] * std::sin(angle);
  }
  return 2 * std::hypot(in_phase, quadrature) / static_cast<double>(samples.size());
}

}  // namespace

TEST_CASE("spandsp hears what our own V.21 modulator says, at every level that a line has") {
  for (const double level : {-9.0, -14.0, -25.0, -40.0, -43.0}) {
    CAPTURE(level);
    SpandspEar ear;
    const std::array<V21Frame, 2> frames = {{{{0xff, 0x03, 0x43, 0x20, 0x31}, false}, {all_octets(), false}}};
    ear.hear(say_v21(frames, 1000, level));
    ear.hear(Samples(800));
    REQUIRE(ear.good.size() == 2);
    CHECK(ear.good[0] == frames[0].octets);
    CHECK(ear.good[1] == frames[1].octets);
    CHECK(ear.bad == 0);
  }
}

TEST_CASE("a frame with a bad check sequence is heard as such, and the next one is not touched by it") {
  SpandspEar ear;
  const std::array<V21Frame, 2> frames = {{{{0xff, 0x13, 0x83, 0x00}, true}, {{0xff, 0x13, 0x2f}, false}}};
  ear.hear(say_v21(frames, 200, -14));
  ear.hear(Samples(800));
  CHECK(ear.bad == 1);
  REQUIRE(ear.good.size() == 1);
  CHECK(ear.good[0] == frames[1].octets);
}

TEST_CASE("the check sequence is the Recommendation's: V.42's remainder, and the textbook's 123456789") {
  const Octets textbook = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  CHECK(frame_check_sequence(textbook) == 0x906e);  // CRC-16/X-25
  Octets with_it = textbook;
  with_it.push_back(0x6e);
  with_it.push_back(0x90);
  CHECK(static_cast<std::uint16_t>(~frame_check_sequence(with_it)) == 0xf0b8);
}

TEST_CASE("after five ones comes a zero, in the check sequence too, and never in a flag") {
  Bits bits;
  append_frame(bits, {{0xff, 0xff}, false});
  CHECK(Bits(bits.begin(), bits.begin() + 19) ==
        Bits{1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1});
  Bits flags;
  append_flags(flags, 2);
  CHECK(flags == Bits{0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0});
}

TEST_CASE("a one is 1650 Hz and a zero 1850 Hz at the level asked for, 300 of them a second") {
  const Samples ones = modulate_v21(Bits(300, 1), -14), zeros = modulate_v21(Bits(300, 0), -14);
  CHECK(ones.size() == 8000);
  CHECK(amplitude_at(ones, 1650) == doctest::Approx(amplitude_of(-14)).epsilon(0.01));
  CHECK(amplitude_at(zeros, 1850) == doctest::Approx(amplitude_of(-14)).epsilon(0.01));
  CHECK(amplitude_at(ones, 1850) < 10);
  CHECK(amplitude_of(3.14) == doctest::Approx(32767));
}

TEST_CASE("the phase never jumps where a bit ends") {
  Bits bits;
  for (unsigned i = 0; i < 60; ++i)
    bits.push_back(i % 3 == 0 ? 1 : 0);
  const Samples samples = modulate_v21(bits, 3.14);
  // 1850 Hz moves a sine by at most 2 sin(π 1850 / 8000) of its amplitude from one sample to the next.
  const double most = 2 * std::sin(M_PI * 1850 / samples_per_s) * 32767;
  for (std::size_t i = 1; i < samples.size(); ++i)
    REQUIRE(std::abs(samples[i] - samples[i - 1]) <= most + 2);
}
