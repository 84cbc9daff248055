// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/numbered_page.hpp"

#include <algorithm>

#include "tests/unit/test_pages.hpp"

namespace torture {
namespace {

constexpr std::uint32_t width_pels = matrix::fax_width_pels;
constexpr std::size_t octets_a_row = width_pels / 8;
constexpr std::uint32_t rows_of_bars = 6;
constexpr std::uint32_t rows_of_text = 150;
constexpr std::uint32_t rows_of_noise = 170;  // 1728 random pels take more than 400 octets in MMR
constexpr unsigned bits = 48;                 // 32 of the call, 16 of the page
constexpr std::uint32_t pels_a_bit = width_pels / bits;

std::uint64_t number_of(const PageName& name) {
  return static_cast<std::uint64_t>(name.call) << 16U | name.page;
}

bool is_black(const Rows& rows, std::uint32_t row, std::uint32_t pel) {
  return ((rows.at(row * octets_a_row + pel / 8) >> (7 - pel % 8)) & 1U) != 0;
}

void blacken_bars(Rows& rows, std::uint64_t number) {
  std::fill_n(rows.begin(), octets_a_row * rows_of_bars, std::uint8_t{0});
  for (std::uint32_t row = 0; row < rows_of_bars; ++row)
    for (std::uint32_t pel = 0; pel < width_pels; ++pel)
      if (((number >> (pel / pels_a_bit)) & 1U) != 0) unit::blacken(rows, width_pels, row, pel);
}

}  // namespace

Rows numbered_page(const PageName& name, bool dense) {
  const auto seed = static_cast<unsigned>(number_of(name) * 2654435761U);
  Rows rows = dense ? unit::noise_rows(width_pels, rows_of_noise, seed)
                    : unit::text_rows(width_pels, rows_of_text, seed);
  blacken_bars(rows, number_of(name));
  return rows;
}

std::optional<PageName> name_of(const Rows& rows) {
  if (rows.size() < octets_a_row * rows_of_bars) return std::nullopt;
  std::uint64_t number = 0;
  for (unsigned bit = 0; bit < bits; ++bit)
    number |= static_cast<std::uint64_t>(is_black(rows, rows_of_bars / 2, bit * pels_a_bit + pels_a_bit / 2))
              << bit;
  return PageName{static_cast<std::uint32_t>(number >> 16U), static_cast<std::uint16_t>(number)};
}

}  // namespace torture
