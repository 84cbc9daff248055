// SPDX-License-Identifier: GPL-2.0-or-later
// V.21 channel 2 frames as spandsp's own modulator makes them, for tests that need to hear some.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/modem/spandsp.hpp"

namespace v21_test {

using Octets = std::vector<std::uint8_t>;
using Samples = std::vector<std::int16_t>;

// A second of flags, the frames, the carrier's end (T.30, 5.3.1).
inline Samples frames_as_sound(const std::vector<Octets>& frames, float dbm0 = -13, bool damaged = false) {
  const std::unique_ptr<hdlc_tx_state_t, decltype(&hdlc_tx_free)> hdlc(
      hdlc_tx_init(nullptr, FALSE, 1, FALSE, nullptr, nullptr), &hdlc_tx_free);
  const auto get_bit = [](void* state) { return hdlc_tx_get_bit(static_cast<hdlc_tx_state_t*>(state)); };
  const std::unique_ptr<fsk_tx_state_t, decltype(&fsk_tx_free)> fsk(
      fsk_tx_init(nullptr, &preset_fsk_specs[FSK_V21CH2], get_bit, hdlc.get()), &fsk_tx_free);
  fsk_tx_power(fsk.get(), dbm0);
  hdlc_tx_flags(hdlc.get(), 37);
  Samples sound;
  std::int16_t some[20];
  const auto transmit = [&](std::size_t samples) {
    for (std::size_t done = 0; done < samples;) {
      const int made = fsk_tx(fsk.get(), some, 20);
      sound.insert(sound.end(), some, some + made);
      if (made < 20) return;
      done += static_cast<std::size_t>(made);
    }
  };
  transmit(7000);  // the flags are under way; a frame is taken when the one before is out
  for (const Octets& frame : frames) {
    hdlc_tx_frame(hdlc.get(), frame.data(), frame.size());
    if (damaged) hdlc_tx_corrupt_frame(hdlc.get());
    // 30 bits a 3 octets, a fifth more for stuffing, the check sequence and a flag.
    transmit((frame.size() + 3) * 8 * 27 * 6 / 5);
  }
  hdlc_tx_flags(hdlc.get(), 0);
  transmit(8000);
  return sound;
}

// Puts the sound into a track, which grows when it must.
inline void put(Samples& track, std::size_t at, const Samples& sound) {
  track.resize(std::max(track.size(), at + sound.size()));
  std::copy(sound.begin(), sound.end(), track.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace v21_test
