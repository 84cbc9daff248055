// SPDX-License-Identifier: GPL-2.0-or-later
// What we can receive: settings of a line, as DIS tells them to the caller (T.30, 5.3.6.2.1 and table 2), and
// what a DCS then says (5.3.6.2.3). RT safe.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "src/base/short_text.hpp"
#include "src/t30/page_sink.hpp"

namespace t30 {

// The sets of modems that DIS can say (T.30, table 2, bits 11 to 14).
enum class Modems : std::uint8_t { v27ter_2400, v27ter, v29, v27ter_v29, v27ter_v29_v17 };
enum class Width : std::uint8_t { a4, b4, a3 };  // and all that are narrower
enum class BadPage : std::uint8_t { rtn, mcf, dcn };

struct Settings {
  base::ShortText<20> station_id;  // CSI: T.30's digits, +, space (5.3.6.2.4, table 3)
  base::ShortText<20> password;    // that a caller has to send, as SID or PWD; empty: none
  bool sub_address = true;         // callers may send SUB
  Modems modems = Modems::v27ter_v29_v17;
  std::uint16_t max_rate_bps = 14400;  // what the modems could do beyond is answered FTT
  std::uint16_t min_rate_bps = 2400;   // a caller that falls below is told DCN
  bool ecm = true, mr = true, mmr = true;
  bool fine = true;       // R8 × 7.7 lines/mm, 200 × 200 dpi
  bool superfine = true;  // R8 × 15.4, 200 × 400
  bool dpi300 = true;     // 300 × 300
  bool dpi400 = true;     // R16 × 15.4, 400 × 400
  Width width = Width::a3;
  bool unlimited_length = true;
  BadPage bad_page = BadPage::rtn;
  std::int8_t transmit_level_dbm0 = -13;
  std::uint16_t no_progress_s = 60;  // without a frame, an octet or a verdict: DCN
};

inline constexpr std::size_t longest_dis = 7;  // octets of the facsimile information field that we ever send
struct Dis {
  std::array<std::uint8_t, longest_dis> fif{};
  std::uint8_t length = 0;  // no longer than its set bits need
};
// `with_v17` false leaves V.17 out, on a line too noisy for it.
[[nodiscard]] Dis dis_of(const Settings& settings, bool with_v17) noexcept;

// What a DCS asks for. What it does not say, being short, is 0: MH without error correction, A4, 204 × 98 dpi.
struct Dcs {
  Modem modem = Modem::none;  // none: a modem or rate that nobody here has
  std::uint16_t rate_bps = 0;
  bool ecm = false;
  std::uint16_t ecm_frame_octets = 256;  // 256 or 64 (bit 28)
  Coding coding = Coding::mh;
  std::uint16_t width_pels = 0, x_dpi = 0, y_dpi = 0;  // width 0: a width or resolution that nobody here has
  bool can_be_received =
      false;                 // all of the above is known, and it asks for nothing else (JBIG, colour, ...)
  bool was_offered = false;  // and it keeps to what our DIS said
};
// `fif`: what follows the facsimile control field, of any length. `with_v17`: as it was for dis_of().
[[nodiscard]] Dcs read_dcs(std::span<const std::uint8_t> fif, const Settings& settings,
                           bool with_v17 = true) noexcept;
// CTC's first two octets of a DCS: modem and rate only. Modem::none: unknown, or fewer than two octets.
struct Rate {
  Modem modem = Modem::none;
  std::uint16_t bps = 0;
};
[[nodiscard]] Rate read_rate(std::span<const std::uint8_t> fif) noexcept;

// TSI, SUB, SID, PWD (5.3.6.2.4 to 5.3.6.2.12): 20 characters, last one first. Taken as they should be even when they
// are not: padded with 0x00 or 0xff, not reversed (shown by a leading '+'), shorter, longer (the text's beginning
// is kept). Letters are kept, T.30 or not, since many machines send their owner's name; what is not printable
// ASCII becomes '?'.
[[nodiscard]] base::ShortText<20> read_identification(std::span<const std::uint8_t> fif) noexcept;
// 20 octets as they are sent; a space for what is not printable ASCII.
[[nodiscard]] std::array<std::uint8_t, 20> write_identification(const base::ShortText<20>& text) noexcept;

}  // namespace t30
