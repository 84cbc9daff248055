// SPDX-License-Identifier: GPL-2.0-or-later
// V.21 channel 2 as the Recommendation says it (1750 Hz ± 100 Hz, binary 1 the lower, 300 bit/s, the phase
// never jumps) and the HDLC framing of T.30, 5.3: for callers of the tests. Nothing of spandsp is in it, so that
// a fault which spandsp's modulator and demodulator share can show. Any thread; nothing is kept.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace calls {

using Samples = std::vector<std::int16_t>;
using Octets = std::vector<std::uint8_t>;
using Bits = std::vector<std::uint8_t>;  // one bit an element, 0 or 1, the first on the line first

inline constexpr unsigned samples_per_s = 8000;

struct V21Frame {
  Octets octets;  // address, control, facsimile control field, ...; the lowest bit goes first
  bool bad_fcs = false;
};

// The remainder that T.30, 5.3.7 (ITU-T V.42, 8.1.1.6.1) asks for; its low octet goes first.
[[nodiscard]] std::uint16_t frame_check_sequence(std::span<const std::uint8_t> octets) noexcept;
void append_octet(Bits& bits, std::uint8_t octet);
void append_flags(Bits& bits, unsigned flags);
// The frame with its check sequence, a zero after each five ones, no flags.
void append_frame(Bits& bits, const V21Frame& frame);

// The amplitude of a sine of that level: 32767 is +3.14 dBm0 (G.711, table 5, note 2).
[[nodiscard]] double amplitude_of(double level_dbm0) noexcept;

// Channel 1 (1080 Hz ± 100 Hz) is the caller's in V.8; T.30 has channel 2 for both sides.
enum class V21Channel : std::uint8_t { one, two };
[[nodiscard]] Samples modulate_v21(const Bits& bits, double level_dbm0, V21Channel channel = V21Channel::two);
// Flags for that long, the frames with a flag between them, two flags.
[[nodiscard]] Samples say_v21(std::span<const V21Frame> frames, unsigned preamble_ms, double level_dbm0);

}  // namespace calls
