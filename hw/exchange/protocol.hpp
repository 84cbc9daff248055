// SPDX-License-Identifier: GPL-2.0-or-later
// The software exchange's protocol, dahdi-faxrx-exchange(5): a caller connects to a line's Unix
// SOCK_SEQPACKET socket. Every packet is one of these structs, little-endian, without padding; its length
// must be exactly the struct's, and what is reserved must be 0.
//
//   caller → line                          line → caller
//   DIAL                                   RINGING, or BUSY and the line closes
//   AUDIO (as many as it likes, 20 ms      AUDIO, exactly one for each AUDIO of the caller, in order
//     each; in lock step it waits for      ANSWERED once, before the first AUDIO after the answer
//     the answering AUDIO, in real time    HANGUP when the line hangs up; nothing follows
//     it sends one every 20 ms)
//   HANGUP, or just close
//
// Rings are counted in the caller's blocks: 2 s of ring, 4 s of pause, the first beginning at DIAL. A caller
// from whom nothing comes for 10 s of wall time has hung up. A packet that is none of these: the line hangs
// up.
#pragma once

#include <array>
#include <cstdint>

namespace hw::exchange {

inline constexpr std::uint8_t protocol_version = 1;
inline constexpr int silent_caller_limit_ms = 10'000;

enum class PacketType : std::uint8_t {
  dial = 1,
  audio = 2,
  hangup = 3,
  ringing = 16,
  busy = 17,
  answered = 18
};
// How the samples of AUDIO are coded, both ways; µ-law and A-law as ITU-T G.711 has them on the wire.
enum class Law : std::uint8_t { linear = 0, ulaw = 1, alaw = 2 };

// What the line between caller and us is like: what the caller asks for, applied by the line. All zero = a
// wire. The limits are in packet.hpp; beyond them the DIAL is malformed.
struct [[gnu::packed]] Conditions {
  std::int16_t level_db100;     // gain both ways, 1/100 dB: −1000 = −10 dB
  std::int16_t noise_dbm0_100;  // white noise towards the line, 1/100 dBm0: −5000; 0 = none
  std::uint32_t delay_us;       // one way, towards the line, any fraction of a sample; 2 ms at least, or 0
  std::uint32_t echo_delay_us;  // of what the line says, back to the line; in whole samples, 20 ms at least
  std::int16_t echo_db100;      // its gain: −2000 = −20 dB; 0 = no echo
  std::int16_t skew_ppm10;      // the caller's clock is this much faster, 1/10 ppm: 1000 = 100 ppm
  std::uint16_t impulses_per_min;  // hits of about 1 ms, random
  std::uint16_t reserved;          // 0
  std::uint32_t lost_block;  // this block of the caller's (1 = first after the answer) is silence; 0 = none
  std::uint32_t seed;        // of everything random above
};
static_assert(sizeof(Conditions) == 28);

struct [[gnu::packed]] Dial {
  PacketType type;       // dial
  std::uint8_t version;  // 1
  Law law;
  std::uint8_t reserved;               // 0
  std::array<char, 32> called;         // UTF-8, zero-padded, one zero at least; as are the next two
  std::array<char, 32> caller_number;  // empty = withheld
  std::array<char, 64> caller_name;
  Conditions conditions;
};
static_assert(sizeof(Dial) == 160);

template <typename Sample>
struct [[gnu::packed]] Audio {
  PacketType type;  // audio
  std::array<std::uint8_t, 3> reserved;
  std::array<Sample, 160> samples;
};
using LinearAudio = Audio<std::int16_t>;
using LawAudio = Audio<std::uint8_t>;

struct [[gnu::packed]] Signal {  // hangup, ringing, busy, answered
  PacketType type;
  std::array<std::uint8_t, 3> reserved;
};

}  // namespace hw::exchange
