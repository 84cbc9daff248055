// SPDX-License-Identifier: GPL-2.0-or-later
// What a calling machine says with its fast modem: training, then bits, then the carrier's end. V.27ter, V.29
// and V.17 are spandsp's; the frames of the error correction mode (T.4, annex A) are our own. Any thread;
// nothing is kept.
#pragma once

#include <vector>

#include "src/modem/fast_receiver.hpp"
#include "tests/calls/v21_modulator.hpp"

namespace calls {

struct Carrier {
  modem::FastModem modem = modem::FastModem::none;
  unsigned bps = 0;
  bool short_training = false;    // V.17 only
  bool talker_echo_tone = false;  // before the training (V.17, V.27ter, V.29: talker echo protection)
};

[[nodiscard]] bool has_rate(modem::FastModem modem, unsigned bps) noexcept;
[[nodiscard]] Samples say_fast(const Carrier& carrier, const Bits& bits, double level_dbm0);

// A frame of coded data: number and octets (T.4, annex A, A.3.6.1).
struct CodedFrame {
  std::uint8_t number;
  Octets octets;
};
// Flags for 200 ms (T.4, A.3.1), the frames, RCP that often, flags for 50 ms.
[[nodiscard]] Bits ecm_bits(const std::vector<CodedFrame>& frames, unsigned rcp, unsigned bps);

}  // namespace calls
