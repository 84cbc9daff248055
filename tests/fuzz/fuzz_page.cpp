// SPDX-License-Identifier: GPL-2.0-or-later
// Coded pages. What is decoded must have the size it says, and must survive coding and decoding unchanged.
#include <cstdlib>

#include "src/page/t6.hpp"
#include "tests/fuzz/fuzz.hpp"

void try_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 3) return;
  const std::uint32_t width = 1 + (bytes[0] | bytes[1] << 8U) % 2432U;
  const std::uint32_t rows = bytes[2] * 4U;
  const page::DecodedPage page = page::decode_t6(width, bytes.subspan(3), rows);
  if (page.row_count > rows || page.rows.size() != page.row_count * page::octets_per_row(width)) std::abort();
  if (page.row_count == 0) return;
  const page::DecodedPage again = page::decode_t6(width, page::encode_t6(width, page.rows), page.row_count);
  if (again.damaged || again.rows != page.rows) std::abort();
}
