// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/fast_receiver.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <optional>

#include "tests/unit/allocation_count.hpp"
#include "tests/unit/fast_sound.hpp"
#include "tests/unit/v21_sound.hpp"

using fast_test::append;
using fast_test::bits_of;
using fast_test::fast_sound;
using fast_test::in_blocks;
using fast_test::noise;
using fast_test::Octets;
using fast_test::Samples;
using fast_test::silence;
using fast_test::some_octets;
using modem::FastMode;
using modem::FastModem;
using modem::FastStatus;

namespace {

// A fast modem's ear, and what it heard.
struct Ear final : modem::FastListener {
  void fast_status(FastStatus status) noexcept override {
    statuses.push_back(status);
    if (on_status) on_status(status);
  }
  void fast_octet(std::uint8_t octet) noexcept override { octets.push_back(octet); }
  void fast_frame(std::span<const std::uint8_t> frame) noexcept override {
    frames.emplace_back(frame.begin(), frame.end());
  }
  void hear(const Samples& sound) {
    in_blocks(sound, [this](std::span<const std::int16_t> block) { receiver.hear(block); });
  }
  [[nodiscard]] auto times(FastStatus status) const {
    return std::count(statuses.begin(), statuses.end(), status);
  }
  void forget() {
    statuses.clear();
    octets.clear();
    frames.clear();
  }
  // The carrier's end adds a few bits of its own.
  [[nodiscard]] bool heard(const Octets& said) const {
    return octets.size() >= said.size() && std::equal(said.begin(), said.end(), octets.begin());
  }

  std::vector<FastStatus> statuses;
  Octets octets;
  std::vector<Octets> frames;
  std::function<void(FastStatus)> on_status;
  modem::FastReceiver receiver{*this};
};

const FastMode v17 = {FastModem::v17, 14400};
const FastMode v29 = {FastModem::v29, 9600};
const FastMode v27ter = {FastModem::v27ter, 4800};
const FastMode every_mode[] = {{FastModem::v27ter, 2400}, {FastModem::v27ter, 4800}, {FastModem::v29, 7200},
                               {FastModem::v29, 9600},    {FastModem::v17, 7200},    {FastModem::v17, 9600},
                               {FastModem::v17, 12000},   {FastModem::v17, 14400}};

FastMode briefly(FastMode mode) {
  mode.short_training = true;
  return mode;
}

const Octets page = some_octets(1200);
// T.30's training check: zeros for 1.5 s.
const Octets training_check(2700, 0);

Samples then(Samples sound, const Samples& more) {
  append(sound, more);
  return sound;
}

Samples on_a_line(Samples sound, unsigned seed) {
  append(sound, silence(800));
  fast_test::mix(sound, noise(sound.size(), -70, seed));
  return sound;
}

// A training check, and then three pages, each behind a short training; the gaps put the symbols elsewhere
// between the samples each time.
bool three_pages_come(Ear& ear, float dbm0, unsigned trial) {
  ear.receiver.listen(v17);
  ear.hear(on_a_line(then(silence(800 + trial * 37), fast_sound(v17, bits_of(training_check), dbm0)), trial));
  bool all = ear.times(FastStatus::trained) == 1;
  for (unsigned sheet = 1; sheet <= 3; ++sheet) {
    ear.forget();
    ear.receiver.listen(briefly(v17));
    const Samples gap = silence(800 + trial * 41 + sheet * 13);
    ear.hear(on_a_line(then(gap, fast_sound(briefly(v17), bits_of(page), dbm0)), trial + sheet));
    all = all && ear.times(FastStatus::trained) == 1 && ear.heard(page);
  }
  return all;
}

// The same with spandsp's V.17 as its own fax engine uses it.
bool three_pages_come_to_stock_spandsp(float dbm0, unsigned trial) {
  struct Sink {
    Octets octets;
    int bits = 0;
  } sink;
  const auto put_bit = [](void* user, int bit) {
    auto& to = *static_cast<Sink*>(user);
    if (bit < 0) return;
    if (to.bits++ % 8 == 0) to.octets.push_back(0);
    to.octets.back() = static_cast<std::uint8_t>(to.octets.back() >> 1 | bit << 7);
  };
  v17_rx_state_t* stock = v17_rx_init(nullptr, 14400, put_bit, &sink);
  const auto hear = [&](const Samples& sound) {
    in_blocks(sound, [&](auto block) { v17_rx(stock, block.data(), static_cast<int>(block.size())); });
  };
  hear(on_a_line(then(silence(800 + trial * 37), fast_sound(v17, bits_of(training_check), dbm0)), trial));
  bool all = true;
  for (unsigned sheet = 1; sheet <= 3; ++sheet) {
    sink = {};
    v17_rx_restart(stock, 14400, TRUE);
    const Samples gap = silence(800 + trial * 41 + sheet * 13);
    hear(on_a_line(then(gap, fast_sound(briefly(v17), bits_of(page), dbm0)), trial + sheet));
    all =
        all && sink.octets.size() >= page.size() && std::equal(page.begin(), page.end(), sink.octets.begin());
  }
  v17_rx_free(stock);
  return all;
}

// Of a training check at −14 dBm0 in noise, as the modem's symbols show it.
std::optional<float> measured_snr_db(FastMode mode, float noise_dbm0, bool wanted) {
  mode.measures_snr = wanted;
  mode.cutoff_dbm0 = noise_dbm0 + 5;
  const std::size_t octets = mode.bps * 3U / 16;  // 1.5 s
  Samples sound = then(silence(800), fast_sound(mode, bits_of(Octets(octets, 0)), -14));
  append(sound, silence(800));
  fast_test::mix(sound, noise(sound.size(), noise_dbm0, 1));
  Ear ear;
  ear.receiver.listen(mode);
  ear.hear(sound);
  CHECK(ear.times(FastStatus::trained) == 1);
  return ear.receiver.snr_db();
}

}  // namespace

TEST_CASE("in a training check without a wrong bit, V.29 and V.27ter tell how noisy the line is") {
  for (const FastMode& mode : every_mode) {
    CAPTURE(mode.bps);
    CHECK_FALSE(measured_snr_db(mode, -50, false));
    const auto clean = measured_snr_db(mode, -50, true);
    REQUIRE(clean.has_value() == (mode.modem != FastModem::v17));
    if (!clean) continue;
    const auto noisy = measured_snr_db(mode, -34, true);
    REQUIRE(noisy);
    CHECK(*clean > *noisy + 3);
    CHECK(*noisy > 18);
    CHECK(*noisy < 25);
  }
}

TEST_CASE("every modem trains at every rate, loud and soft, and gives the octets that were sent") {
  for (const FastMode& mode : every_mode)
    for (const float dbm0 : {-10.0F, -26.0F, -40.0F}) {
      CAPTURE(mode.bps);
      CAPTURE(dbm0);
      Ear ear;
      ear.receiver.listen(mode);
      ear.hear(on_a_line(then(silence(800), fast_sound(mode, bits_of(page), dbm0)), 1));
      CHECK(ear.statuses == std::vector{FastStatus::training, FastStatus::trained, FastStatus::carrier_lost});
      CHECK(ear.heard(page));
      CHECK(ear.receiver.level_dbm0() == doctest::Approx(dbm0).epsilon(0.12));
    }
}

TEST_CASE("every modem trains behind a talker echo protection tone") {
  for (const FastMode& mode : every_mode) {
    CAPTURE(mode.bps);
    Ear ear;
    ear.receiver.listen(mode);
    ear.hear(on_a_line(then(silence(800), fast_sound(mode, bits_of(page), -14, true)), 1));
    CHECK(ear.times(FastStatus::trained) == 1);
    CHECK(ear.heard(page));
  }
}

TEST_CASE("V.17's short training succeeds at every level, where spandsp's own use of it fails at some") {
  int stock_failed = 0;
  for (int dbm0 = -14; dbm0 >= -40; dbm0 -= 2) {
    unsigned came = 0;
    unsigned came_to_stock = 0;
    for (unsigned trial = 0; trial < 8; ++trial) {
      Ear ear;
      came += three_pages_come(ear, static_cast<float>(dbm0), trial);
      if (dbm0 <= -28 && dbm0 >= -34)
        came_to_stock += three_pages_come_to_stock_spandsp(static_cast<float>(dbm0), trial);
      else
        came_to_stock = 8;
    }
    MESSAGE("at " << dbm0 << " dBm0 " << came << " of 8; stock " << came_to_stock);
    CHECK(came == 8);
    stock_failed += static_cast<int>(8 - came_to_stock);
  }
  CHECK(stock_failed > 0);
}

TEST_CASE("frames of the error correction mode come whole, one behind the other, and nothing else") {
  const std::vector<Octets> frames = {
      some_octets(260, 1), some_octets(68, 2), Octets(260, 0xff), {0xff, 0x13, 0x61}};
  for (FastMode mode : every_mode) {
    CAPTURE(mode.bps);
    mode.hdlc = true;
    Ear ear;
    ear.receiver.listen(mode);
    ear.hear(on_a_line(then(silence(800), fast_sound(mode, fast_test::frames_as_bits(frames, mode.bps))), 1));
    CHECK(ear.frames == frames);
    CHECK(ear.octets.empty());
    CHECK(ear.statuses.back() == FastStatus::carrier_lost);
  }
}

TEST_CASE("after a lost carrier the modem takes another training of the same length without being asked") {
  for (const FastMode& mode : every_mode) {
    CAPTURE(mode.bps);
    Ear ear;
    ear.receiver.listen(mode);
    for (unsigned time = 1; time <= 3; ++time) {
      ear.forget();
      ear.hear(on_a_line(then(silence(600 + time * 7), fast_sound(mode, bits_of(page))), time));
      CHECK(ear.statuses == std::vector{FastStatus::training, FastStatus::trained, FastStatus::carrier_lost});
      CHECK(ear.heard(page));
    }
  }
}

TEST_CASE("V.17 listening for a long training in vain has not forgotten the one a short training builds on") {
  Ear ear;
  ear.receiver.listen(v17);
  ear.hear(on_a_line(then(silence(800), fast_sound(v17, bits_of(training_check))), 1));
  ear.hear(v21_test::frames_as_sound({{0xff, 0x13, 0x2f}}));
  ear.receiver.listen(v29);
  ear.hear(on_a_line(fast_sound(v29, bits_of(page)), 2));
  CHECK(ear.heard(training_check));
  ear.forget();
  ear.receiver.listen(briefly(v17));
  ear.hear(on_a_line(then(silence(800), fast_sound(briefly(v17), bits_of(page))), 3));
  CHECK(ear.heard(page));
}

TEST_CASE("in a new call V.17 expects a long training, even if it was asked for a short one") {
  Ear ear;
  ear.receiver.listen(v17);
  ear.hear(on_a_line(then(silence(800), fast_sound(v17, bits_of(training_check))), 1));
  ear.receiver.new_call();
  ear.forget();
  ear.receiver.listen(briefly(v17));
  ear.hear(on_a_line(then(silence(800), fast_sound(v17, bits_of(page))), 1));
  CHECK(ear.heard(page));
}

TEST_CASE("V.21 or noise in its ear is told as a failure at most, and the training behind it succeeds") {
  for (const FastMode& mode : every_mode) {
    CAPTURE(mode.bps);
    const Samples wrong[] = {v21_test::frames_as_sound({{0xff, 0x13, 0x83, 0x00, 0x46, 0x78}}),
                             noise(8000, -30)};
    for (const Samples& other : wrong) {
      Ear ear;
      ear.receiver.listen(mode);
      ear.hear(other);
      CHECK(ear.times(FastStatus::trained) == 0);
      ear.hear(on_a_line(then(silence(600), fast_sound(mode, bits_of(page))), 1));  // T.30: 75 ms of silence
      CHECK(ear.heard(page));
    }
  }
}

TEST_CASE("noise above the cutoff parks no modem for ever: a signal well above it is heard") {
  for (const FastMode& mode : every_mode) {
    CAPTURE(mode.bps);
    Ear ear;
    ear.receiver.listen(mode);
    Samples sound = then(silence(16000), fast_sound(mode, bits_of(page)));
    fast_test::mix(sound, noise(sound.size(), -43));
    ear.hear(sound);
    CHECK(ear.times(FastStatus::training_failed) >= 1);
    CHECK(ear.times(FastStatus::trained) == 1);
    CHECK(ear.heard(page));
  }
}

TEST_CASE("a listener may ask for another modem in the middle of being told") {
  Ear ear;
  ear.on_status = [&ear](FastStatus status) {
    if (status == FastStatus::trained) ear.receiver.stop();
    if (status == FastStatus::carrier_lost) ear.receiver.listen(v29);
  };
  ear.receiver.listen(v17);
  ear.hear(on_a_line(then(silence(800), fast_sound(v17, bits_of(page))), 1));
  CHECK(ear.statuses == std::vector{FastStatus::training, FastStatus::trained});
  CHECK(ear.octets.empty());
  ear.on_status = [&ear](FastStatus status) {
    if (status == FastStatus::carrier_lost) ear.receiver.listen(v29);
  };
  ear.receiver.listen(v27ter);
  ear.hear(on_a_line(then(silence(800), fast_sound(v27ter, bits_of(page))), 1));
  CHECK(ear.heard(page));
  ear.forget();
  ear.hear(on_a_line(then(silence(800), fast_sound(v29, bits_of(page))), 1));
  CHECK(ear.heard(page));
}

TEST_CASE("a rate that the modem does not have is not listened for") {
  for (const FastMode& mode :
       {FastMode{FastModem::v17, 4800}, FastMode{FastModem::v29, 4800}, FastMode{FastModem::v27ter, 9600},
        FastMode{FastModem::none, 9600}, FastMode{}}) {
    Ear ear;
    ear.receiver.listen(mode);
    ear.hear(fast_sound(v29, bits_of(page)));
    CHECK(ear.statuses.empty());
    CHECK(ear.octets.empty());
  }
}

TEST_CASE("silence says nothing, and a carrier cut while it trains is a failed training") {
  Ear ear;
  ear.receiver.listen(v17);
  ear.hear(silence(80'000));
  CHECK(ear.statuses.empty());
  Samples cut = fast_sound(v17, bits_of(page));
  cut.resize(8000);  // of 11,150 samples of training
  ear.hear(then(cut, silence(800)));
  CHECK(ear.statuses == std::vector{FastStatus::training, FastStatus::training_failed});
}

TEST_CASE("once made, a fast receiver asks for no memory, whatever it hears and is asked for") {
  if (!allocation_test::counted) return;
  struct Deaf final : modem::FastListener {
    void fast_status(FastStatus) noexcept override { ++told; }
    void fast_octet(std::uint8_t) noexcept override { ++told; }
    void fast_frame(std::span<const std::uint8_t>) noexcept override { ++told; }
    int told = 0;
  } deaf;
  const Octets frame = some_octets(260);
  std::vector<std::pair<FastMode, Samples>> calls;
  for (FastMode mode : every_mode) {
    calls.emplace_back(mode, on_a_line(fast_sound(mode, bits_of(page)), 1));
    if (mode.modem == FastModem::v17)
      calls.emplace_back(briefly(mode), on_a_line(fast_sound(briefly(mode), bits_of(page)), 1));
    mode.hdlc = true;
    calls.emplace_back(mode,
                       on_a_line(fast_sound(mode, fast_test::frames_as_bits({frame, frame}, mode.bps)), 1));
  }
  const std::size_t before_it_was_made = allocation_test::allocations();
  modem::FastReceiver receiver(deaf);
  const std::size_t before = allocation_test::allocations();
  CHECK(before > before_it_was_made);  // the count counts
  for (const auto& [mode, sound] : calls) {
    receiver.listen(mode);
    in_blocks(sound, [&](std::span<const std::int16_t> block) { receiver.hear(block); });
    receiver.stop();
  }
  receiver.new_call();
  CHECK(allocation_test::allocations() == before);
  CHECK(deaf.told > 10'000);
}
