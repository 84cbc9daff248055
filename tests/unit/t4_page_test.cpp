// SPDX-License-Identifier: GPL-2.0-or-later
// Whole pages, and what is a row of one and what is not. Damage on the line is t4_damage_test's.
#include "src/page/t4_page.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/spandsp_coder.hpp"
#include "tests/unit/t4_coders.hpp"
#include "tests/unit/test_pages.hpp"

using page::CodedPage;
using page::Coding;
using page::decode_page;
using page::PageRows;
using unit::BitWriter;
using unit::Bytes;
using unit::eol;

namespace {

constexpr std::array<Coding, 3> codings = {Coding::mh, Coding::mr, Coding::mmr};

// Rows of 1728 pels, one-dimensional: all white; the right half black; one pel too few; one too many.
constexpr std::string_view white_row = "010011011 00110101";
constexpr std::string_view half_row = "011010010 00011011 0000001001101 000001101010";
constexpr std::string_view short_row = "011010010 00011011 0000001001101 000001101001";
constexpr std::string_view long_row = "011010010 00011011 0000001001101 000001101011";

Bytes white() {
  return Bytes(216);
}
Bytes half() {
  Bytes row(216);
  std::fill(row.begin() + 108, row.end(), std::uint8_t{0xFF});
  return row;
}

PageRows decoded(const BitWriter& bits, Coding coding = Coding::mh) {
  return decode_page({1728, coding, coding == Coding::mmr, bits.bytes(), {}});
}

void is_whole(const PageRows& page, const Bytes& rows) {
  CHECK(page.has_end);
  CHECK_FALSE(page.is_cut);
  CHECK(page.bad_rows == 0);
  CHECK(page.is_bad == Bytes(page.row_count));
  CHECK(page.rows == rows);
}

void operator+=(Bytes& rows, const Bytes& row) {
  rows.insert(rows.end(), row.begin(), row.end());
}

}  // namespace

TEST_CASE("a page of any width and coding comes pel for pel, wherever its EOLs end") {
  for (const std::uint32_t width : {8U, 1728U, 2048U, 2432U, 2592U, 3456U, 3648U, 4864U})
    for (const Coding coding : codings)
      for (const bool aligned : {false, true}) {
        CAPTURE(width);
        const std::uint32_t text_width = std::max(width, 200U);
        const Bytes text = unit::text_rows(text_width, 130, width);
        is_whole(decode_page(unit::coded_page(text_width, text, coding, aligned)), text);
        for (const Bytes& rows : {unit::noise_rows(width, 40, width), Bytes(page::octets_per_row(width) * 90),
                                  Bytes(page::octets_per_row(width) * 90, 0xFF)})
          is_whole(decode_page(unit::coded_page(width, rows, coding, aligned)), rows);
      }
}

TEST_CASE("widths that end inside an octet leave the rest of it white") {
  for (const std::uint32_t width : {1U, 7U, 9U, 1727U}) {
    const std::size_t octets = page::octets_per_row(width);
    Bytes rows = unit::noise_rows(width, 50, width);
    for (std::size_t last = octets - 1; width % 8 != 0 && last < rows.size(); last += octets)
      rows[last] &= static_cast<std::uint8_t>(0xFF00U >> (width % 8));
    for (const Coding coding : codings)
      is_whole(decode_page(unit::coded_page(width, rows, coding)), rows);
  }
}

TEST_CASE("another coder's pages come pel for pel too, with and without fill for slow printers") {
  const page::PageImage image = unit::text_page(300, 7);
  for (const Coding coding : codings)
    for (const int fewest_bits : {0, 192}) {  // 20 ms at 9600 bit/s
      if (coding == Coding::mmr && fewest_bits > 0) continue;
      CodedPage page{
          1728, coding, coding == Coding::mmr, unit::coded_by_spandsp(image, coding, fewest_bits), {}};
      REQUIRE(page.bytes.size() > 300);
      is_whole(decode_page(page), image.rows);
    }
}

TEST_CASE("what comes before the first EOL is no row, and RTC ends the page whatever noise follows") {
  BitWriter bits;
  bits.put("1101 0110 1011").put(white_row);
  bits.put(eol).put(half_row).put(eol).put(white_row);
  unit::put_rtc(bits, Coding::mh);
  for (const Bytes noise = unit::noise_rows(8000, 1, 3); const std::uint8_t octet : noise)
    for (unsigned bit = 0; bit < 8; ++bit)
      bits.put_bit((octet >> bit & 1U) != 0);
  bits.put(eol).put(half_row).put(eol);
  Bytes rows = half();
  rows += white();
  is_whole(decoded(bits), rows);
}

TEST_CASE("without RTC the last row counts if it is whole, and not if it was broken off") {
  for (const std::string_view last :
       {half_row, short_row, long_row, std::string_view("0110"), std::string_view("")}) {
    BitWriter bits;
    bits.put(eol).put(white_row).put(eol).put(last);
    const PageRows page = decoded(bits);
    CHECK(page.row_count == (last == half_row ? 2 : 1));
    CHECK(page.bad_rows == 0);
    CHECK_FALSE(page.has_end);
    CHECK_FALSE(page.is_cut);
  }
}

TEST_CASE("two EOLs together end the page when only noise comes after them") {
  for (const Coding coding : {Coding::mh, Coding::mr})
    for (unsigned eols = 2; eols < 6; ++eols) {
      BitWriter bits;
      const std::string_view tag = coding == Coding::mr ? "1" : "";
      bits.put(eol).put(tag).put(half_row);
      unit::put_rtc(bits, coding, eols);
      bits.put("1101 0011 101").put(eol).put("1 0100 111").put(eol).put("11 0101");
      is_whole(decoded(bits, coding), half());
    }
}

TEST_CASE("two EOLs together with rows after them are a spoilt row, and before the first row nothing") {
  BitWriter bits;
  bits.put(eol).put(eol).put(eol).put(half_row).put(eol).put(eol).put(white_row);
  unit::put_rtc(bits, Coding::mh);
  const PageRows page = decoded(bits);
  CHECK(page.is_bad == Bytes{0, 1, 0});
  Bytes rows = half();
  rows += half();
  rows += white();
  CHECK(page.rows == rows);
  CHECK(page.has_end);
}

TEST_CASE("a row that has not the page's width is bad and shows the last good row above") {
  const std::string with_run_behind = std::string(half_row) + "00110101";  // no pel more, but no fill either
  const std::string with_extension = "011010010 00011011 0000001111 111";  // uncompressed mode
  for (const std::string& wrong : {std::string(short_row), std::string(long_row), with_run_behind,
                                   with_extension, std::string("11111111"), std::string("0")}) {
    CAPTURE(wrong);
    BitWriter bits;
    bits.put(eol).put(wrong).put("1").put(eol).put(half_row);
    bits.put(eol).put(wrong).put("1").put(eol).put(wrong).put("1").put(eol).put(white_row);
    unit::put_rtc(bits, Coding::mh);
    const PageRows page = decoded(bits);
    CHECK(page.is_bad == Bytes{1, 0, 1, 1, 0});
    CHECK(page.bad_rows == 3);
    CHECK(page.longest_bad_run == 2);
    Bytes rows = white();
    for (const Bytes& row : {half(), half(), half(), white()})
      rows += row;
    CHECK(page.rows == rows);
  }
}

TEST_CASE("runs of no pels are allowed wherever they stand") {
  BitWriter one;  // 832 + 0 white, 0 black, 32 white, 832 + 32 black
  one.put(eol).put("011010010 00110101 0000110111 00011011 0000001001101 000001101010");
  unit::put_rtc(one, Coding::mh);
  is_whole(decoded(one), half());
  // A row above with such a run is still the row that its pels say: V0 V0 repeats it.
  BitWriter two;
  two.put(eol).put("1").put("011010010 00110101 0000110111 00011011 0000001001101 000001101010");
  two.put(eol).put("0").put("1 1");
  unit::put_rtc(two, Coding::mr);
  Bytes rows = half();
  rows += half();
  is_whole(decoded(two, Coding::mr), rows);
}

TEST_CASE("MR: after a bad row all are bad up to the next row that stands for itself") {
  BitWriter bits;
  bits.put(eol).put("0").put("1");        // after nothing
  bits.put(eol).put("1").put(half_row);   //
  bits.put(eol).put("0").put("1 1");      // as above
  bits.put(eol).put("0").put("1 011");    // no change above for this one
  bits.put(eol).put("0").put("1 1");      // as the bad one above
  bits.put(eol).put("0").put("1 1");      //
  bits.put(eol).put("1").put(white_row);  //
  bits.put(eol).put("0").put("1");        // all white
  unit::put_rtc(bits, Coding::mr);
  const PageRows page = decoded(bits, Coding::mr);
  CHECK(page.is_bad == Bytes{1, 0, 0, 1, 1, 1, 0, 0});
  CHECK(page.longest_bad_run == 3);
}

TEST_CASE("MMR ends at EOFB, or with its octets, and no row is made of what fills the last of them") {
  for (const std::string_view end : {"000000000001000000000001", "000000000001", "", "0", "0000000"}) {
    BitWriter bits;
    bits.put("1 1 1").put(end);
    while (bits.bits() % 8 != 0)
      bits.put("0");
    const PageRows page = decoded(bits, Coding::mmr);
    CHECK(page.row_count == 3);
    CHECK(page.has_end == (end.size() >= 12));
    CHECK_FALSE(page.is_cut);
  }
}

TEST_CASE("MMR that goes wrong keeps the rows before, and says that some are missing") {
  for (const std::string_view wrong : {"0000001111", "0001 1", "010", "001 11", "001 0111 11"}) {
    BitWriter bits;
    bits.put("1 1").put(wrong);
    const PageRows page = decoded(bits, Coding::mmr);
    CHECK(page.row_count == 2);
    CHECK(page.rows == Bytes(432));
    CHECK(page.bad_rows == 0);
    CHECK(page.is_cut);
  }
}

TEST_CASE("no octets are an empty page, and neither is an RTC alone more") {
  for (const Coding coding : codings) {
    CHECK(decode_page({1728, coding, false, {}, {}}).row_count == 0);
    BitWriter bits;
    unit::put_rtc(bits, coding);
    const PageRows page = decoded(bits, coding);
    CHECK(page.row_count == 0);
    CHECK(page.has_end);
    CHECK_FALSE(page.is_cut);
  }
}
