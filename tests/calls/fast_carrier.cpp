// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/fast_carrier.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include "src/base/errors.hpp"
#include "src/modem/spandsp.hpp"

namespace calls {
namespace {

using modem::FastModem;

struct BitReader {
  const Bits& bits;
  std::size_t at = 0;
};

int next_bit(void* reader) {
  auto& from = *static_cast<BitReader*>(reader);
  if (from.at == from.bits.size()) return SIG_STATUS_END_OF_DATA;
  return from.bits[from.at++];
}

template <typename Transmit>
Samples run(BitReader& reader, Transmit transmit) {
  Samples sound;
  std::array<std::int16_t, 160> some{};
  // The training takes less than 2 s (V.17, long, with talker echo protection).
  const std::size_t most_samples = reader.bits.size() * samples_per_s / 2400 + 4 * std::size_t{samples_per_s};
  for (int made = 160; made == 160 && sound.size() < most_samples;) {
    made = transmit(some.data(), 160);
    sound.insert(sound.end(), some.begin(), some.begin() + made);
  }
  return sound;
}

Samples say_v17(const Carrier& carrier, BitReader& reader, float dbm0) {
  const int rate = static_cast<int>(carrier.bps), tep = carrier.talker_echo_tone ? TRUE : FALSE;
  const std::unique_ptr<v17_tx_state_t, decltype(&v17_tx_free)> tx(
      v17_tx_init(nullptr, rate, tep, &next_bit, &reader), &v17_tx_free);
  v17_tx_restart(tx.get(), rate, tep, carrier.short_training ? TRUE : FALSE);
  v17_tx_power(tx.get(), dbm0);
  return run(reader, [&](std::int16_t* to, int most) { return v17_tx(tx.get(), to, most); });
}

Samples say_v29(const Carrier& carrier, BitReader& reader, float dbm0) {
  const std::unique_ptr<v29_tx_state_t, decltype(&v29_tx_free)> tx(
      v29_tx_init(nullptr, static_cast<int>(carrier.bps), carrier.talker_echo_tone ? TRUE : FALSE, &next_bit,
                  &reader),
      &v29_tx_free);
  v29_tx_power(tx.get(), dbm0);
  return run(reader, [&](std::int16_t* to, int most) { return v29_tx(tx.get(), to, most); });
}

Samples say_v27ter(const Carrier& carrier, BitReader& reader, float dbm0) {
  const std::unique_ptr<v27ter_tx_state_t, decltype(&v27ter_tx_free)> tx(
      v27ter_tx_init(nullptr, static_cast<int>(carrier.bps), carrier.talker_echo_tone ? TRUE : FALSE,
                     &next_bit, &reader),
      &v27ter_tx_free);
  v27ter_tx_power(tx.get(), dbm0);
  return run(reader, [&](std::int16_t* to, int most) { return v27ter_tx(tx.get(), to, most); });
}

}  // namespace

bool has_rate(FastModem modem, unsigned bps) noexcept {
  switch (modem) {
    case FastModem::v27ter:
      return bps == 2400 || bps == 4800;
    case FastModem::v29:
      return bps == 7200 || bps == 9600;
    case FastModem::v17:
      return bps == 7200 || bps == 9600 || bps == 12000 || bps == 14400;
    case FastModem::none:
      break;
  }
  return false;
}

Samples say_fast(const Carrier& carrier, const Bits& bits, double level_dbm0) {
  if (!has_rate(carrier.modem, carrier.bps))
    throw base::Failure("there is no fast modem to speak with: no DCS said which one, and the line does not");
  BitReader reader{bits};
  const auto dbm0 = static_cast<float>(level_dbm0);
  if (carrier.modem == FastModem::v17) return say_v17(carrier, reader, dbm0);
  if (carrier.modem == FastModem::v29) return say_v29(carrier, reader, dbm0);
  return say_v27ter(carrier, reader, dbm0);
}

Bits ecm_bits(const std::vector<CodedFrame>& frames, unsigned rcp, unsigned bps) {
  Bits bits;
  append_flags(bits, bps / 5 / 8);
  for (const CodedFrame& frame : frames) {
    const std::array<std::uint8_t, 4> head = {0xff, 0x03, 0x06, frame.number};  // FCD is 0110 0000
    V21Frame fcd;
    fcd.octets.resize(head.size() + frame.octets.size());
    std::copy(frame.octets.begin(), frame.octets.end(),
              std::copy(head.begin(), head.end(), fcd.octets.begin()));
    append_frame(bits, fcd);
    append_flags(bits, 1);
  }
  for (unsigned i = 0; i < rcp; ++i) {
    append_frame(bits, {{0xff, 0x03, 0x86}, false});  // T.4, A.3.6.2: RCP is 0110 0001
    append_flags(bits, 1);
  }
  append_flags(bits, bps / 20 / 8);
  return bits;
}

}  // namespace calls
