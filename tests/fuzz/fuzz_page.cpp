// SPDX-License-Identifier: GPL-2.0-or-later
// Coded pages of all codings, with octets missing. What is decoded must be what it says, and must survive being
// coded by libtiff and decoded again. A single row that we take, after a row that libtiff coded, must be the row
// that libtiff takes it for.
#include <algorithm>
#include <cstdlib>

#include "src/page/t4_page.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/unit/t4_coders.hpp"

namespace {

using page::CodedPage;
using page::Coding;
using page::PageRows;
using unit::Bytes;

void demand(bool holds) {
  if (!holds) std::abort();
}

void check_figures(const PageRows& page, std::uint32_t width) {
  demand(page.row_count <= page::longest_page_rows && page.is_bad.size() == page.row_count);
  demand(page.rows.size() == page.row_count * page::octets_per_row(width));
  demand(page.bad_rows == std::count(page.is_bad.begin(), page.is_bad.end(), 1));
  demand(page.longest_bad_run <= page.bad_rows && (page.longest_bad_run > 0) == (page.bad_rows > 0));
}

void check_round_trip(const PageRows& page, std::uint32_t width, Coding coding) {
  if (page.row_count == 0 || page.rows.size() > 100'000) return;
  const PageRows back = page::decode_page(unit::coded_page(width, page.rows, coding));
  demand(back.rows == page.rows && back.bad_rows == 0 && back.has_end && !back.is_cut);
}

// Code words from anywhere as the second of two rows.
void check_against_libtiff(std::uint32_t width, std::span<const std::uint8_t> above,
                           std::span<const std::uint8_t> words, bool two_dimensional) {
  unit::BitWriter bits(unit::coded_by_libtiff(width, above, Coding::mr));
  bits.put(unit::eol).put(two_dimensional ? "0" : "1").put(words, 0, words.size() * 8);
  unit::put_rtc(bits, Coding::mr);
  const PageRows page = page::decode_page({width, Coding::mr, false, bits.bytes(), {}});
  demand(page.row_count >= 1 && page.is_bad[0] == 0);
  demand(std::equal(above.begin(), above.end(), page.rows.begin()));
  if (page.row_count == 2 && page.bad_rows == 0)
    demand(unit::decoded_by_libtiff(width, bits.bytes(), 2, Coding::mr) == page.rows);
}

void check_verdicts(const PageRows& page, const PageRows& other, std::uint32_t width, unsigned choice) {
  const bool ecm = (choice & 1U) != 0;
  const page::Quality quality = page::judge(page, ecm, (choice & 2U) != 0, {(choice & 4U) != 0, 0}, {});
  demand((quality == page::Quality::empty) == (page.row_count == 0));
  demand(quality != page::Quality::good || !ecm || page.bad_rows == 0);
  (void)page::is_repeat(page, other, width);
  (void)page::is_repeat(other, page, width);
}

}  // namespace

// Octets: coding and choice, width (2), number of holes, each hole (2), and then the page.
void try_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 4) return;
  const std::uint32_t width = 1 + (bytes[1] | bytes[2] << 8U) % page::widest_page_pels;
  CodedPage coded{width, static_cast<Coding>(bytes[0] % 3), (bytes[0] & 4U) != 0, {}, {}};
  const unsigned choice = bytes[0] / 8;
  std::size_t holes = bytes[3] % 4;
  bytes = bytes.subspan(4);
  for (; holes > 0 && bytes.size() >= 2; --holes, bytes = bytes.subspan(2))
    coded.holes.push_back(bytes[0] | bytes[1] << 8U);
  coded.bytes.assign(bytes.begin(), bytes.end());

  const PageRows page = page::decode_page(coded);
  check_figures(page, width);
  check_round_trip(page, width, static_cast<Coding>(choice % 3));
  coded.holes.clear();
  const PageRows without_holes = page::decode_page(coded);
  check_verdicts(page, without_holes, width, choice);

  Bytes above(page::octets_per_row(width));
  if (without_holes.row_count > 0) std::copy_n(without_holes.rows.begin(), above.size(), above.begin());
  if (bytes.size() < 2000) check_against_libtiff(width, above, bytes, coded.coding != Coding::mh);
}
