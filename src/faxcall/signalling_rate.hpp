// SPDX-License-Identifier: GPL-2.0-or-later
// The modems of a Group 3 facsimile and their speeds, in the order in which a calling machine tries them, and
// what a DCS says of a page. Pure tables and functions, owned by dahdi-faxcall; anybody may call them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace faxcall {

enum class Modem : std::uint8_t { v27ter, v29, v17 };  // rising: a machine with one has those before it too
enum class Coding : std::uint8_t { mh, mr, mmr };

std::string_view name(Modem modem) noexcept;    // "V.17"
std::string_view name(Coding coding) noexcept;  // "MMR"

struct SignallingRate {
  int bits_per_s;
  Modem modem;
  std::uint8_t
      dcs_bits;  // bits 11 to 14 of DIS and DCS, T.30 table 2, as they lie in the frame's fifth octet
};

// spandsp's order of falling back (fallback_sequence in its t30.c): the index is the one of its
// current_fallback.
inline constexpr std::array<SignallingRate, 8> signalling_rates{{{14400, Modem::v17, 0x20},
                                                                 {12000, Modem::v17, 0x28},
                                                                 {9600, Modem::v17, 0x24},
                                                                 {9600, Modem::v29, 0x04},
                                                                 {7200, Modem::v17, 0x2C},
                                                                 {7200, Modem::v29, 0x0C},
                                                                 {4800, Modem::v27ter, 0x08},
                                                                 {2400, Modem::v27ter, 0x00}}};

// Whether this modem, of its own, has that speed.
bool has_rate(Modem modem, int bits_per_s) noexcept;
// The modem's speeds for a sentence: "7200, 9600, 12000 or 14400".
std::string rates_of(Modem modem);
// The first entry from `index` on that is no faster than `top_rate` and of a modem in `permitted` (a bit for
// each, 1 << Modem); nullopt when there is none.
std::optional<std::size_t> first_permitted(std::size_t index, int top_rate, unsigned permitted) noexcept;

// What a DCS tells the receiver of the pages to come.
struct PageFormat {
  Modem modem;
  int bits_per_s;
  bool ecm;
  Coding coding;
  std::string_view resolution;  // "204x98", in dots per inch
};
// `frame` begins with the address octet. Nullopt: too short, or a modem that T.30 has no code for.
std::optional<PageFormat> decode_dcs(std::span<const std::uint8_t> frame) noexcept;

}  // namespace faxcall
