// SPDX-License-Identifier: GPL-2.0-or-later
// What a row of pels is, and how many a page may have: for all that code, decode, keep or compare pages. A row is
// (width + 7) / 8 octets, first pel in the most significant bit, 1 = black; rows follow each other without a gap.
#pragma once

#include <cstddef>
#include <cstdint>

namespace page {

inline constexpr std::uint32_t widest_page_pels = 4864;  // A3 at R16 (T.4, table 1)
inline constexpr std::uint32_t longest_page_rows =
    40'000;  // 2.6 m at 15.4 rows/mm; "unlimited length" ends here

constexpr std::size_t octets_per_row(std::uint32_t width_pels) noexcept {
  return (width_pels + 7) / 8;
}

}  // namespace page
