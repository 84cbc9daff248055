// SPDX-License-Identifier: GPL-2.0-or-later
// A fax of short pages that are all different, as a TIFF file for a caller, and what became of its pixels on the
// way. Used by the line matrix and the sweep of verdict delays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace matrix {

inline constexpr std::uint32_t fax_width_pels = 1728;  // A4, R8 (T.30, table 2, bits 17 and 18)

using Rows = std::vector<std::uint8_t>;  // as in src/page/rows.hpp, all rows of a page
struct TestFax {
  std::filesystem::path file;
  std::vector<Rows> pages;
};

// Writes `file`, 204 × 98 dpi. Throws std::runtime_error.
TestFax make_fax(const std::filesystem::path& file, unsigned pages, std::uint32_t rows_a_page, unsigned seed);
// Pages of that width of one's own, the same way.
void write_fax(const std::filesystem::path& file, const std::vector<Rows>& pages);
// The pages of a TIFF file of that width, whoever wrote it; none when it cannot be read.
std::vector<Rows> read_fax(const std::filesystem::path& file);

// How many rows of a page are not as they were sent, missing and added ones among them, of a thousand rows.
unsigned wrong_rows_permille(const Rows& sent, const Rows& got);

}  // namespace matrix
