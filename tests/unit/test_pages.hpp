// SPDX-License-Identifier: GPL-2.0-or-later
// Pages for tests: text-like rows that code well, noise that codes badly, the same for the same seed.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "src/page/page_file.hpp"
#include "src/page/rows.hpp"

namespace unit {

inline std::vector<std::uint8_t> noise_rows(std::uint32_t width_pels, std::uint32_t rows, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> bytes(page::octets_per_row(width_pels) * rows);
  for (std::uint8_t& byte : bytes)
    byte = static_cast<std::uint8_t>(random());
  return bytes;
}

inline void blacken(std::vector<std::uint8_t>& rows, std::uint32_t width_pels, std::uint32_t row,
                    std::uint32_t pel) {
  rows[page::octets_per_row(width_pels) * row + pel / 8] |= static_cast<std::uint8_t>(0x80U >> (pel % 8));
}

// Lines of "letters" between blank ones, a frame on the paper's edges, a black bar.
inline std::vector<std::uint8_t> text_rows(std::uint32_t width_pels, std::uint32_t rows, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::uint8_t> bytes(page::octets_per_row(width_pels) * rows);
  for (std::uint32_t line = 12; line + 12 < rows; line += 20)
    for (std::uint32_t at = 60 + random() % 30; at + 90 < width_pels; at += 8 + random() % 40)
      for (std::uint32_t y = 0, width = 2 + random() % 14, lean = random() % 2; y < 10; ++y)
        for (std::uint32_t x = 0; x < width; ++x)
          blacken(bytes, width_pels, line + y, at + x + lean * y / 2);
  for (std::uint32_t row = 0; row < rows; ++row) {
    blacken(bytes, width_pels, row, 0);
    blacken(bytes, width_pels, row, width_pels - 1);
    const bool bar = row == 0 || row == rows - 1 || (row > rows / 2 && row < rows / 2 + 6);
    for (std::uint32_t pel = 0; bar && pel < width_pels; ++pel)
      blacken(bytes, width_pels, row, pel);
  }
  return bytes;
}

inline page::PageImage text_page(std::uint32_t rows, unsigned seed, std::uint32_t width_pels = 1728,
                                 std::uint16_t x_dpi = 204, std::uint16_t y_dpi = 98) {
  return {width_pels, x_dpi, y_dpi, text_rows(width_pels, rows, seed), rows, 0, 0};
}

}  // namespace unit
