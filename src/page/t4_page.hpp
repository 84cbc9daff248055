// SPDX-License-Identifier: GPL-2.0-or-later
// A page as it came over the line, coded after ITU-T T.4 (MH, MR) or T.6 (MMR), becomes rows of pels that are
// known to be good or bad. A scanner finds the ends of lines, the tag bits and the end of the page and cuts there
// (t4_scanner.hpp); a row decoder turns code words into pels and tells a row that is not as wide as the page
// (t4_row.hpp); what that makes of the page is decided here. Used by the page process; the bytes are a
// stranger's. Not RT safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace page {

enum class Coding : std::uint8_t { mh, mr, mmr };  // T.4 one- and two-dimensional, T.6

struct CodedPage {
  std::uint32_t width_pels = 0;
  Coding coding = Coding::mh;
  bool ecm = false;                 // error correction mode: no bit in it is wrong, but octets may be missing
  std::vector<std::uint8_t> bytes;  // the first bit on the line is the lowest (T.4, 4)
  // Ascending offsets into bytes, before which octets are missing; bytes.size(): missing at the end.
  std::vector<std::size_t> holes;
};

struct PageRows {
  std::vector<std::uint8_t> rows;  // as in rows.hpp; a bad row shows the last good one above it, or is white
  std::vector<std::uint8_t> is_bad;  // one for each row: 1 = bad
  std::uint32_t row_count = 0;
  std::uint32_t bad_rows = 0;
  std::uint32_t longest_bad_run = 0;
  bool has_end = false;  // RTC (T.4, 4.1.4) or EOFB (T.6, 2.4.1.1) was there
  // Rows are missing after the last one: a limit was reached, or in MMR a hole, a code that is none, or the end
  // of the bytes in the middle of a row.
  bool is_cut = false;
};

// What is a row, and what a bad one:
// - MH and MR: a row lies between two EOLs. What comes before the first EOL is none, unless octets are missing
//   there. It is good if its code words give exactly the page's width and only fill follows them. The last row may
//   lack the EOL behind it; if it is not good then, it was broken off and is no row. In MR a row coded after the
//   one above is bad when that one is. A hole is at least one bad row.
// - RTC, six EOLs, ends a page. Two to five EOLs together do so if no good row comes after them: senders are known
//   to send fewer, and the line spoils some. With good rows after them, the empty lines between them are bad rows,
//   except before the first row.
// - MMR ends at EOFB, at the bytes' end, at a hole, or at the first row that does not decode; no row in it is bad.
//
// Never throws for what the bytes hold; std::bad_alloc only. Limits: widest_page_pels (wider: no rows),
// longest_page_rows, and the work: never more than the bytes and those limits justify.
PageRows decode_page(const CodedPage& page);

// Rows above these shares and lengths make a page poor or bad.
struct QualityRules {
  unsigned good_below_percent = 5;  // of its rows bad: good; above: poor
  unsigned bad_above_percent = 15;
  unsigned most_bad_together = 5;  // at 3.85 rows/mm; in finer resolutions twice as many
};
enum class Quality : std::uint8_t { good, poor, bad, empty };  // empty: no row at all

// What the line knows of how the page ended (T.30, 5.3.6.1.6).
struct PageArrival {
  bool complete = true;                // a post-message command came; false: the call was cut
  std::uint32_t command_after_ms = 0;  // from the end of the image's carrier to that command's end
};
// A page that is not whole (cut by a hang-up or a limit) is bad. Without ECM, a page without its end whose command
// came more than 5 s after the carrier ended is bad however clean its rows are; a missing RTC with a prompt command
// is accepted; then the rules decide. With ECM no row may be bad, and the rules are not asked: bad is a mark on
// the page, not an answer to the caller.
inline constexpr std::uint32_t prompt_command_ms = 5000;
[[nodiscard]] Quality judge(const PageRows& rows, bool ecm, bool fine, const PageArrival& arrival,
                            const QualityRules& rules) noexcept;

// Whether `page` is shown to be the repeat of `bad`, a page answered RTN that came just before it. The rule is
// stated in judge.cpp; doubt is no. Both are as decode_page made them, of the same width; without is_bad every row
// counts as good. std::bad_alloc only.
[[nodiscard]] bool is_repeat(const PageRows& bad, const PageRows& page, std::uint32_t width_pels);

}  // namespace page
