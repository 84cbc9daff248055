// SPDX-License-Identifier: GPL-2.0-or-later
// Pages that the line spoilt, that lack octets, or that somebody made up: every wrong row is told as far as the
// coding lets it be seen, and nothing costs more than its octets justify.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "src/page/t4_page.hpp"
#include "tests/unit/scratch_folder.hpp"
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
constexpr std::uint32_t octets = 216;
constexpr std::uint32_t rows_sent = 120;

bool same_row(const Bytes& a, std::size_t i, const Bytes& b, std::size_t j) {
  return (j + 1) * octets <= b.size() && std::equal(a.begin() + static_cast<std::ptrdiff_t>(i * octets),
                                                    a.begin() + static_cast<std::ptrdiff_t>((i + 1) * octets),
                                                    b.begin() + static_cast<std::ptrdiff_t>(j * octets));
}

// Rows said to be good that were not sent near that place: EOLs lost or won move the rows below by a few.
unsigned wrong_good_rows(const PageRows& page, const Bytes& sent) {
  unsigned wrong = 0;
  for (std::size_t i = 0; i < page.row_count; ++i) {
    bool found = page.is_bad[i] != 0;
    for (std::size_t j = i < 8 ? 0 : i - 8; j < i + 9 && !found; ++j)
      found = same_row(page.rows, i, sent, j);
    wrong += found ? 0 : 1;
  }
  return wrong;
}

std::size_t rows_alike_from_top(const PageRows& page, const Bytes& sent) {
  std::size_t row = 0;
  while (row < page.row_count && page.is_bad[row] == 0 && same_row(page.rows, row, sent, row))
    ++row;
  return row;
}

std::size_t rows_alike_from_bottom(const PageRows& page, const Bytes& sent) {
  std::size_t alike = 0;
  while (alike < page.row_count && page.is_bad[page.row_count - 1 - alike] == 0 &&
         same_row(page.rows, page.row_count - 1 - alike, sent, sent.size() / octets - 1 - alike))
    ++alike;
  return alike;
}

void has_consistent_figures(const PageRows& page, std::uint32_t width) {
  REQUIRE(page.row_count <= page::longest_page_rows);
  REQUIRE(page.rows.size() == page::octets_per_row(width) * page.row_count);
  REQUIRE(page.is_bad.size() == page.row_count);
  REQUIRE(page.bad_rows == std::count(page.is_bad.begin(), page.is_bad.end(), 1));
  REQUIRE(page.longest_bad_run <= page.bad_rows);
}

// 256 octets, an ECM frame, are gone at `from`.
CodedPage with_hole(const CodedPage& whole, std::size_t from) {
  CodedPage page = whole;
  page.ecm = true;
  const auto begin = page.bytes.begin() + static_cast<std::ptrdiff_t>(from);
  page.bytes.erase(begin, begin + std::min<std::ptrdiff_t>(256, page.bytes.end() - begin));
  page.holes = {from};
  return page;
}

}  // namespace

TEST_CASE("bit errors: a wrong row is seen, but where a code gives room for another of its length") {
  const Bytes sent = unit::text_rows(1728, rows_sent, 5);
  MESSAGE("coding, bits flipped together, pages, bad rows seen, wrong rows not seen");
  for (const Coding coding : {Coding::mh, Coding::mr})
    for (const unsigned flipped : {1U, 3U, 12U}) {
      std::mt19937 random(flipped);
      const CodedPage whole = unit::coded_page(1728, sent, coding);
      unsigned seen = 0;
      unsigned not_seen = 0;
      constexpr unsigned trials = 1000;
      for (unsigned trial = 0; trial < trials; ++trial) {
        CodedPage page = whole;
        const std::size_t first = random() % (page.bytes.size() * 8 - flipped - 100);  // before RTC
        for (std::size_t bit = first; bit < first + flipped; ++bit)
          if (bit == first || random() % 2 == 0)
            page.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
        const PageRows got = decode_page(page);
        has_consistent_figures(got, 1728);
        seen += got.bad_rows;
        not_seen += wrong_good_rows(got, sent);
        REQUIRE(got.has_end);
        REQUIRE(got.row_count + 2 >= rows_sent);
        REQUIRE(got.row_count <= rows_sent + 2);
      }
      MESSAGE(std::string(coding == Coding::mh ? "MH " : "MR "), flipped, " ", trials, " ", seen, " ",
              not_seen);
      CHECK(seen > trials * 8 / 10);
      CHECK(not_seen <= (coding == Coding::mh ? trials / 100 : trials));
    }
}

TEST_CASE("a page cut anywhere keeps the rows before the cut and makes none up") {
  const Bytes sent = unit::text_rows(1728, rows_sent, 6);
  for (const Coding coding : codings) {
    const CodedPage whole = unit::coded_page(1728, sent, coding);
    std::size_t most = 0;
    for (std::size_t length = 0; length + 20 < whole.bytes.size(); length += 1 + whole.bytes.size() / 200) {
      CodedPage page = whole;
      page.bytes.resize(length);
      const PageRows got = decode_page(page);
      CHECK(got.bad_rows == 0);
      CHECK(rows_alike_from_top(got, sent) == got.row_count);
      CHECK(got.row_count >= most);
      CHECK_FALSE(got.has_end);
      most = got.row_count;
    }
    CHECK(most > rows_sent * 8 / 10);
  }
}

TEST_CASE("octets missing in an ECM page: MH goes on with the next EOL, MR with the next row of its own") {
  const Bytes sent = unit::text_rows(1728, rows_sent, 7);
  for (const Coding coding : {Coding::mh, Coding::mr}) {
    const CodedPage whole = unit::coded_page(1728, sent, coding);
    for (std::size_t from = 0; from + 300 < whole.bytes.size(); from += 1 + whole.bytes.size() / 97) {
      CAPTURE(from);
      const PageRows got = decode_page(with_hole(whole, from));
      const std::size_t above = rows_alike_from_top(got, sent);
      const std::size_t below = rows_alike_from_bottom(got, sent);
      CHECK(got.bad_rows >= 1);
      CHECK(got.bad_rows <= (coding == Coding::mh ? 1 : 3));
      CHECK(above + got.bad_rows + below == got.row_count);
      CHECK(got.has_end);
      CHECK(got.row_count + 256 * 8 / 20 > rows_sent);
    }
  }
}

TEST_CASE("octets missing at a row's very edge spoil a row all the same") {
  BitWriter aligned;  // EOL ends with octet 2, the row with octet 5, then EOL again
  aligned.put("0000").put(eol).put("010011011 00110101 0000000").put("0000").put(eol);
  for (unsigned n = 0; n < 3; ++n)
    aligned.put("010011011 00110101 0000000").put("0000").put(eol);
  for (std::size_t hole = 0; hole <= aligned.bytes().size(); ++hole) {
    const PageRows got = decode_page({1728, Coding::mh, true, aligned.bytes(), {hole}});
    CHECK(got.bad_rows == 1);
  }
  const PageRows two = decode_page({1728, Coding::mh, true, aligned.bytes(), {3, 8, 8, 100, 7}});
  CHECK(two.is_bad == Bytes{1, 1, 0, 0, 1});
}

TEST_CASE("octets missing in MMR: the rows before them are kept") {
  const Bytes sent = unit::text_rows(1728, rows_sent, 8);
  const CodedPage whole = unit::coded_page(1728, sent, Coding::mmr);
  std::size_t most = 0;
  for (std::size_t from = 0; from < whole.bytes.size() - 4; from += 1 + whole.bytes.size() / 97) {
    const PageRows got = decode_page(with_hole(whole, from));
    CHECK(got.is_cut);
    CHECK_FALSE(got.has_end);
    CHECK(got.bad_rows == 0);
    CHECK(rows_alike_from_top(got, sent) == got.row_count);
    CHECK(got.row_count >= most);
    most = got.row_count;
  }
  CHECK(most > rows_sent * 8 / 10);
}

TEST_CASE("noise is no page, at any width and in any coding") {
  std::mt19937 random(9);
  for (unsigned trial = 0; trial < 2000; ++trial) {
    CodedPage page{1 + static_cast<std::uint32_t>(random() % page::widest_page_pels),
                   codings[trial % 3],
                   trial % 2 == 0,
                   Bytes(random() % 3000),
                   {}};
    for (std::uint8_t& octet : page.bytes)
      octet = static_cast<std::uint8_t>(random() & random());
    for (unsigned n = random() % 4; n > 0; --n)
      page.holes.push_back(random() % 3500);
    has_consistent_figures(decode_page(page), page.width_pels);
  }
}

TEST_CASE("floods end: ones, zeros, EOLs, runs of no pels, rows of one bit") {
  BitWriter no_pels;
  no_pels.put(eol);
  while (no_pels.bits() < 1'000'000)
    no_pels.put("00110101 0000110111");
  BitWriter eols;
  BitWriter spoilt;
  while (spoilt.bits() < 1'000'000) {
    eols.put(eol).put(eols.bits() < 900'000 ? "1" : "");
    spoilt.put(eol).put("11");
  }
  const std::array<Bytes, 6> floods = {Bytes(1 << 20, 0xFF), Bytes(1 << 20), Bytes(1 << 20, 0x40),
                                       no_pels.bytes(),      eols.bytes(),   spoilt.bytes()};
  for (const Coding coding : codings)
    for (std::size_t n = 0; n < floods.size(); ++n) {
      CAPTURE(n);
      const std::clock_t start = std::clock();
      const PageRows page = decode_page({page::widest_page_pels, coding, false, floods[n], {}});
      has_consistent_figures(page, page::widest_page_pels);
      CHECK((std::clock() - start) / static_cast<double>(CLOCKS_PER_SEC) < 2.0);
      if (coding == Coding::mmr && n == 0) {  // each one a blank row
        CHECK(page.row_count == page::longest_page_rows);
        CHECK(page.is_cut);
      }
      if (coding == Coding::mh && n == 5) {
        CHECK(page.bad_rows == page::longest_page_rows);
        CHECK(page.is_cut);
      }
    }
}

TEST_CASE("a page as long as the limit is whole, one row more is cut") {
  for (const Coding coding : {Coding::mh, Coding::mmr})
    for (const bool more : {false, true}) {
      const std::uint32_t rows = page::longest_page_rows + (more ? 1 : 0);
      const PageRows page = decode_page(unit::coded_page(8, Bytes(rows), coding));
      CHECK(page.row_count == page::longest_page_rows);
      CHECK(page.is_cut == more);
      CHECK(page.has_end == !more);
      CHECK(page.bad_rows == 0);
    }
}

TEST_CASE("a width that no page has gives no rows") {
  for (const std::uint32_t width : {0U, page::widest_page_pels + 1, 0xFFFFFFFFU})
    for (const Coding coding : codings) {
      const PageRows page = decode_page({width, coding, false, Bytes(1000, 0xFF), {}});
      CHECK(page.row_count == 0);
      CHECK(page.rows.empty());
      CHECK(page.is_cut);
    }
}

TEST_CASE("the kept coded pages give the rows they always gave") {
  std::ifstream index(std::string(TEST_GOLDEN) + "/expected");
  unsigned pages = 0;
  for (std::string line; std::getline(index, line);) {
    if (line.empty() || line[0] == '#') continue;
    CAPTURE(line);
    std::istringstream words(line);
    std::string file;
    std::string coding;
    std::string expected;
    CodedPage page;
    words >> file >> coding >> page.width_pels;
    page.coding = coding == "MH" ? Coding::mh : coding == "MR" ? Coding::mr : Coding::mmr;
    for (std::size_t hole = 0; words >> hole;)
      page.holes.push_back(hole);
    words.clear();
    std::getline(words >> std::ws, expected);
    const std::string bytes = unit::text_in(std::string(TEST_GOLDEN) + "/" + file);
    page.bytes.assign(bytes.begin(), bytes.end());
    CHECK(unit::figures_of(decode_page(page)) == expected);
    ++pages;
  }
  CHECK(pages == 9);
}
