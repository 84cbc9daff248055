// SPDX-License-Identifier: GPL-2.0-or-later
// ITU-T T.6 (MMR) by libtiff's fax codec: rows of pels to bytes and back. A row is (width + 7) / 8 octets,
// first pel in the most significant bit, 1 = black. Not RT safe.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace page {

inline constexpr std::uint32_t widest_page_pels = 4864;  // A3 at R16 (T.4, table 1)
inline constexpr std::uint32_t longest_page_rows =
    40'000;  // 2.6 m at 15.4 rows/mm; "unlimited length" ends here

constexpr std::size_t octets_per_row(std::uint32_t width_pels) noexcept {
  return (width_pels + 7) / 8;
}

// Throws base::Failure when width or rows are beyond the limits.
std::vector<std::uint8_t> encode_t6(std::uint32_t width_pels, std::span<const std::uint8_t> rows);

struct DecodedPage {
  std::vector<std::uint8_t> rows;
  std::uint32_t row_count = 0;
  bool damaged = false;  // the bytes ended or went wrong before `most_rows`, the rows before that are good
};
// Decodes up to EOFB, the first flagged row, or most_rows.
DecodedPage decode_t6(std::uint32_t width_pels, std::span<const std::uint8_t> bytes, std::uint32_t most_rows);

}  // namespace page
