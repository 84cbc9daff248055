// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/t6.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "src/base/errors.hpp"
#include "tests/unit/test_pages.hpp"

using page::decode_t6;
using page::DecodedPage;
using page::encode_t6;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr std::array<std::uint32_t, 8> fax_widths = {1728, 2048, 2432, 2592, 3456, 3648, 4864, 1};

}  // namespace

TEST_CASE("pages of every width come back pel for pel") {
  for (const std::uint32_t width : fax_widths) {
    if (width == 1) continue;
    for (const Bytes& rows :
         {unit::text_rows(width, 120, width), unit::noise_rows(width, 40, width),
          Bytes(page::octets_per_row(width) * 100), Bytes(page::octets_per_row(width) * 100, 0xFF)}) {
      const auto count = static_cast<std::uint32_t>(rows.size() / page::octets_per_row(width));
      const DecodedPage back = decode_t6(width, encode_t6(width, rows), count);
      CHECK(back.row_count == count);
      CHECK_FALSE(back.damaged);
      CHECK(back.rows == rows);
    }
  }
}

TEST_CASE("a page of more rows than were sent ends where they end, and is marked") {
  const Bytes rows = unit::text_rows(1728, 100, 1);
  const DecodedPage back = decode_t6(1728, encode_t6(1728, rows), 150);
  CHECK(back.damaged);
  CHECK(back.row_count == 100);
  CHECK(back.rows == rows);
}

TEST_CASE("of more rows than are wanted the first ones come") {
  const Bytes rows = unit::text_rows(1728, 100, 2);
  const DecodedPage back = decode_t6(1728, encode_t6(1728, rows), 60);
  CHECK_FALSE(back.damaged);
  CHECK(back.row_count == 60);
  CHECK(std::equal(back.rows.begin(), back.rows.end(), rows.begin(), rows.begin() + 60 * 216));
}

TEST_CASE("a page cut anywhere keeps the rows before the cut") {
  const Bytes rows = unit::text_rows(1728, 200, 3);
  const Bytes coded = encode_t6(1728, rows);
  std::uint32_t last = 0;
  for (std::size_t length = 0; length + 8 < coded.size(); length += 1 + coded.size() / 60) {
    const DecodedPage back = decode_t6(1728, std::span(coded).first(length), 200);
    CHECK(back.damaged);
    CHECK(back.row_count >= last);
    CHECK(back.row_count < 200);
    // The cut row itself may be made up of what was left; those above it are right.
    const std::size_t sure = back.row_count > 1 ? (back.row_count - 1) * 216 : 0;
    CHECK(std::equal(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(sure), back.rows.begin()));
    last = back.row_count > 0 ? back.row_count - 1 : 0;
  }
  CHECK(last > 150);
}

TEST_CASE("damaged bytes never crash, never give more than asked, and stop at the first flagged row") {
  std::mt19937 random(4);
  const Bytes rows = unit::text_rows(1728, 100, 4);
  const Bytes coded = encode_t6(1728, rows);
  unsigned stopped_early = 0;
  for (unsigned trial = 0; trial < 1500; ++trial) {
    Bytes damaged = coded;
    for (unsigned n = 1 + random() % 4; n > 0; --n)
      damaged[random() % damaged.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
    const DecodedPage back = decode_t6(1728, damaged, 100);
    REQUIRE(back.row_count <= 100);
    REQUIRE(back.rows.size() == std::size_t{back.row_count} * 216);
    REQUIRE(back.damaged == (back.row_count < 100));
    stopped_early += back.damaged ? 1 : 0;
  }
  CHECK(stopped_early > 1000);
}

TEST_CASE("noise is no page: the decoder ends by itself, at every width") {
  std::mt19937 random(5);
  for (unsigned trial = 0; trial < 700; ++trial) {
    Bytes bytes(random() % 2000);
    for (std::uint8_t& byte : bytes)
      byte = static_cast<std::uint8_t>(random());
    const std::uint32_t width = fax_widths[trial % fax_widths.size()];
    const DecodedPage back = decode_t6(width, bytes, 500);
    REQUIRE(back.row_count <= 500);
    REQUIRE(back.rows.size() == page::octets_per_row(width) * back.row_count);
  }
}

TEST_CASE("a flood of blank rows stays within the rows that were told") {
  const Bytes ones(64 * 1024, 0xFF);  // each bit a V0: half a million blank rows
  const DecodedPage back = decode_t6(4864, ones, 1000);
  CHECK(back.row_count == 1000);
  CHECK(back.rows == Bytes(1000 * 608));
}

TEST_CASE("widths and rows beyond the limits are refused") {
  const Bytes rows(1000);
  for (const std::uint32_t width : {0U, page::widest_page_pels + 1, 0xFFFFFFFFU}) {
    CHECK_THROWS_AS((void)encode_t6(width, rows), base::Failure);
    CHECK_THROWS_AS((void)decode_t6(width, rows, 10), base::Failure);
  }
  CHECK_THROWS_WITH_AS((void)decode_t6(1728, rows, page::longest_page_rows + 1),
                       "a page of 1728 × 40001 pels is beyond the limits", base::Failure);
  CHECK_THROWS_AS((void)encode_t6(8, Bytes(page::longest_page_rows + 1)), base::Failure);
}

TEST_CASE("no rows are no bytes, and no bytes are a damaged page") {
  CHECK(encode_t6(1728, {}).empty());
  const DecodedPage none = decode_t6(1728, {}, 10);
  CHECK(none.damaged);
  CHECK(none.row_count == 0);
  CHECK_FALSE(decode_t6(1728, {}, 0).damaged);
}
