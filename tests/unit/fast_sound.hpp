// SPDX-License-Identifier: GPL-2.0-or-later
// What a sending fax machine's fast modem sounds like, made by spandsp's own modulators, for tests that need to
// hear some.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "src/modem/fast_receiver.hpp"
#include "src/modem/spandsp.hpp"

namespace fast_test {

using Octets = std::vector<std::uint8_t>;
using Samples = std::vector<std::int16_t>;
using Bits = std::vector<bool>;

inline Octets some_octets(std::size_t count, unsigned seed = 1) {
  std::minstd_rand random(seed);
  Octets octets(count);
  for (std::uint8_t& octet : octets)
    octet = static_cast<std::uint8_t>(random() >> 8);
  return octets;
}

// First bit lowest.
inline Bits bits_of(const Octets& octets) {
  Bits bits;
  for (const std::uint8_t octet : octets)
    for (int bit = 0; bit < 8; ++bit)
      bits.push_back((octet >> bit & 1) != 0);
  return bits;
}

// 200 ms of flags and the frames, as T.4 annex A has them.
inline Bits frames_as_bits(const std::vector<Octets>& frames, int bps) {
  hdlc_tx_state_t* hdlc = hdlc_tx_init(nullptr, FALSE, 1, FALSE, nullptr, nullptr);
  hdlc_tx_flags(hdlc, bps / 5 / 8);
  Bits bits;
  std::size_t sent = 0;
  hdlc_tx_frame(hdlc, frames[sent].data(), frames[sent].size());
  while (sent < frames.size()) {
    bits.push_back(hdlc_tx_get_bit(hdlc) != 0);
    // Refused until the frame before is out.
    if (sent + 1 < frames.size() &&
        hdlc_tx_frame(hdlc, frames[sent + 1].data(), frames[sent + 1].size()) == 0)
      ++sent;
    if (sent + 1 == frames.size() && hdlc_tx_frame(hdlc, nullptr, 0) == 0) break;
  }
  for (int bit = hdlc_tx_get_bit(hdlc); bit >= 0; bit = hdlc_tx_get_bit(hdlc))
    bits.push_back(bit != 0);
  hdlc_tx_free(hdlc);
  return bits;
}

// The training sequence, the bits, the carrier's end.
inline Samples fast_sound(const modem::FastMode& mode, const Bits& bits, float dbm0 = -14,
                          bool echo_tone = false) {
  struct Source {
    const Bits& bits;
    std::size_t at;
  } source{bits, 0};
  const auto get_bit = [](void* user) -> int {
    auto& from = *static_cast<Source*>(user);
    return from.at < from.bits.size() ? static_cast<int>(from.bits[from.at++]) : SIG_STATUS_END_OF_DATA;
  };
  Samples sound;
  const auto collect = [&sound](auto* state, auto transmit, auto free_state) {
    std::int16_t some[160];
    int made = 160;
    while (made == 160) {
      made = transmit(state, some, 160);
      sound.insert(sound.end(), some, some + made);
    }
    free_state(state);
  };
  const int tep = echo_tone ? TRUE : FALSE;
  if (mode.modem == modem::FastModem::v17) {
    v17_tx_state_t* state = v17_tx_init(nullptr, mode.bps, tep, get_bit, &source);
    v17_tx_restart(state, mode.bps, tep, mode.short_training ? TRUE : FALSE);
    v17_tx_power(state, dbm0);
    collect(state, v17_tx, v17_tx_free);
  } else if (mode.modem == modem::FastModem::v29) {
    v29_tx_state_t* state = v29_tx_init(nullptr, mode.bps, tep, get_bit, &source);
    v29_tx_power(state, dbm0);
    collect(state, v29_tx, v29_tx_free);
  } else {
    v27ter_tx_state_t* state = v27ter_tx_init(nullptr, mode.bps, tep, get_bit, &source);
    v27ter_tx_power(state, dbm0);
    collect(state, v27ter_tx, v27ter_tx_free);
  }
  return sound;
}

inline Samples silence(std::size_t samples) {
  return Samples(samples, 0);
}

inline Samples noise(std::size_t samples, float dbm0, unsigned seed = 1) {
  std::minstd_rand random(seed);
  std::normal_distribution<double> normal(0, 32767 * std::pow(10, (dbm0 - 6.16) / 20));
  Samples sound(samples);
  for (std::int16_t& sample : sound)
    sample = static_cast<std::int16_t>(std::clamp(normal(random), -32767.0, 32767.0));
  return sound;
}

inline void append(Samples& sound, const Samples& more) {
  sound.insert(sound.end(), more.begin(), more.end());
}

inline void mix(Samples& sound, const Samples& more) {
  for (std::size_t i = 0; i < std::min(sound.size(), more.size()); ++i)
    sound[i] = static_cast<std::int16_t>(std::clamp(sound[i] + more[i], -32768, 32767));
}

// As a line gives it: 20 ms at a time.
template <typename Hear>
void in_blocks(const Samples& sound, Hear&& hear) {
  for (std::size_t at = 0; at < sound.size(); at += 160)
    hear(std::span(sound).subspan(at, std::min<std::size_t>(160, sound.size() - at)));
}

}  // namespace fast_test
