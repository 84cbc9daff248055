// SPDX-License-Identifier: GPL-2.0-or-later
// What a page is worth, and when the next page is the same one once more.
#include <doctest/doctest.h>

#include <algorithm>
#include <ctime>
#include <random>

#include "src/page/t4_page.hpp"
#include "tests/unit/t4_coders.hpp"
#include "tests/unit/test_pages.hpp"

using page::Coding;
using page::is_repeat;
using page::judge;
using page::PageRows;
using page::Quality;
using unit::Bytes;

namespace {

constexpr page::PageArrival prompt = {true, 1000};

PageRows counted(std::uint32_t rows, std::uint32_t bad, std::uint32_t together = 1) {
  PageRows page;
  page.row_count = rows;
  page.bad_rows = bad;
  page.longest_bad_run = bad == 0 ? 0 : together;
  page.has_end = true;
  return page;
}

Quality without_ecm(const PageRows& page, bool fine = false, const page::PageArrival& arrival = prompt,
                    const page::QualityRules& rules = {}) {
  return judge(page, false, fine, arrival, rules);
}

PageRows clean(const Bytes& rows) {
  return decode_page(unit::coded_page(1728, rows, Coding::mh));
}

// Bit errors spread over the page, about one a `every` octets.
PageRows noisy(const Bytes& rows, unsigned every, unsigned seed, Coding coding = Coding::mh) {
  std::mt19937 random(seed);
  page::CodedPage page = unit::coded_page(1728, rows, coding);
  for (std::size_t n = (page.bytes.size() - 20) / every; n > 0; --n)
    page.bytes[random() % (page.bytes.size() - 20)] ^= static_cast<std::uint8_t>(1U << (random() % 8));
  return decode_page(page);
}

// The first rows of one page, the others of the other.
Bytes joined(const Bytes& top, const Bytes& bottom, std::size_t rows_of_top) {
  Bytes rows = bottom;
  std::copy_n(top.begin(), rows_of_top * 216, rows.begin());
  return rows;
}

constexpr std::uint32_t letter_rows = 600;
Bytes letter(unsigned seed) {
  return unit::text_rows(1728, letter_rows, seed);
}

}  // namespace

TEST_CASE("under 5 % of bad rows are good, up to 15 % poor, more is bad") {
  CHECK(without_ecm(counted(1000, 0)) == Quality::good);
  CHECK(without_ecm(counted(1000, 49)) == Quality::good);
  CHECK(without_ecm(counted(1000, 50)) == Quality::poor);
  CHECK(without_ecm(counted(1000, 150)) == Quality::poor);
  CHECK(without_ecm(counted(1000, 151)) == Quality::bad);
  CHECK(without_ecm(counted(40'000, 40'000)) == Quality::bad);
  CHECK(without_ecm(counted(1000, 10), false, prompt, {1, 2, 5}) == Quality::poor);
  CHECK(without_ecm(counted(1000, 0), false, prompt, {0, 0, 0}) == Quality::good);
}

TEST_CASE("more than 5 bad rows together are bad, in fine resolution more than 10") {
  CHECK(without_ecm(counted(1000, 10, 5)) == Quality::good);
  CHECK(without_ecm(counted(1000, 10, 6)) == Quality::bad);
  CHECK(without_ecm(counted(1000, 10, 10), true) == Quality::good);
  CHECK(without_ecm(counted(1000, 11, 11), true) == Quality::bad);
}

TEST_CASE("without its end a page is bad if the command was late, and accepted if it was prompt") {
  PageRows page = counted(1000, 0);
  CHECK(without_ecm(page, false, {true, 5001}) == Quality::good);
  page.has_end = false;
  CHECK(without_ecm(page, false, {true, 5000}) == Quality::good);
  CHECK(without_ecm(page, false, {true, 5001}) == Quality::bad);
  CHECK(judge(page, true, false, {true, 60'000}, {}) == Quality::good);
}

TEST_CASE("a page that is not whole is bad, and one without rows is empty") {
  CHECK(without_ecm(counted(1000, 0), false, {false, 0}) == Quality::bad);
  CHECK(judge(counted(1000, 0), true, false, {false, 0}, {}) == Quality::bad);
  PageRows cut = counted(1000, 0);
  cut.is_cut = true;
  CHECK(without_ecm(cut) == Quality::bad);
  CHECK(judge(cut, true, false, prompt, {}) == Quality::bad);
  cut.row_count = 0;
  CHECK(without_ecm(cut) == Quality::empty);
  CHECK(judge(PageRows{}, true, true, {false, 9000}, {}) == Quality::empty);
}

TEST_CASE("with ECM one bad row marks the page") {
  CHECK(judge(counted(1000, 0), true, false, prompt, {}) == Quality::good);
  CHECK(judge(counted(1000, 1), true, false, prompt, {}) == Quality::bad);
}

TEST_CASE("a page sent again after RTN is its repeat, nearly always however its bad rows fell") {
  unsigned known = 0;
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    const Bytes rows = letter(seed);
    const PageRows bad = seed % 2 == 0 ? noisy(rows, 200, seed, Coding::mr) : noisy(rows, 120, seed);
    CHECK(bad.bad_rows > letter_rows / 20);
    known += is_repeat(bad, clean(rows), 1728) ? 1 : 0;
    known += is_repeat(bad, noisy(rows, 1500, seed + 100), 1728) ? 1 : 0;
  }
  MESSAGE(known, " of 24 repeats known");  // wrong rows that nobody saw leave doubt
  CHECK(known >= 21);
}

TEST_CASE("a page that broke off in its lower half is repeated by the whole one") {
  const Bytes rows = letter(20);
  page::CodedPage cut = unit::coded_page(1728, rows, Coding::mh);
  cut.bytes.resize(cut.bytes.size() * 7 / 10);
  CHECK(is_repeat(decode_page(cut), clean(rows), 1728));
  cut.bytes.resize(cut.bytes.size() / 2);  // too little is left to be sure
  CHECK_FALSE(is_repeat(decode_page(cut), clean(rows), 1728));
}

TEST_CASE("two letters on the same paper are two letters, even if only a few lines differ") {
  const Bytes first = letter(30);
  for (const std::size_t common : {0U, 60U, 150U, 300U, 500U, 560U}) {
    CAPTURE(common);
    const Bytes second = joined(first, letter(31), common);
    for (const unsigned every : {100'000U, 400U, 120U}) {
      CHECK_FALSE(is_repeat(noisy(first, every, 32), clean(second), 1728));
      CHECK_FALSE(is_repeat(noisy(second, every, 33), clean(first), 1728));
    }
  }
}

TEST_CASE("an empty form and the same form filled in are two pages") {
  const Bytes form = letter(40);
  Bytes filled = form;
  for (std::uint32_t row = 200; row < 216; ++row)  // handwriting where the form is blank, too
    for (std::uint32_t pel = 300; pel < 330; pel += 3)
      unit::blacken(filled, 1728, row, pel + row % 3);
  CHECK_FALSE(is_repeat(noisy(form, 400, 41), clean(filled), 1728));
  CHECK_FALSE(is_repeat(noisy(filled, 400, 42), clean(form), 1728));
}

TEST_CASE("one figure another, five rows high, is another page") {
  for (const std::uint32_t seed : {45U, 46U, 47U}) {
    const Bytes first = letter(seed);
    Bytes second = first;
    for (std::uint32_t row = 312; row < 317; ++row)
      unit::blacken(second, 1728, row, 1700 + row % 7);
    CHECK_FALSE(is_repeat(clean(first), clean(second), 1728));
    CHECK_FALSE(is_repeat(clean(second), clean(first), 1728));
  }
}

TEST_CASE("blank, black and striped pages, and pages of a few lines, prove nothing") {
  Bytes stripes(216 * letter_rows, 0x0F);
  for (const Bytes& rows :
       {Bytes(216 * letter_rows), Bytes(216 * letter_rows, 0xFF), stripes, unit::text_rows(1728, 40, 50)})
    CHECK_FALSE(is_repeat(clean(rows), clean(rows), 1728));
  CHECK_FALSE(is_repeat(PageRows{}, clean(letter(51)), 1728));
  CHECK_FALSE(is_repeat(clean(letter(51)), PageRows{}, 1728));
}

TEST_CASE(
    "a page mostly lost is not known again, and neither is a page at another place on the paper's edge") {
  const Bytes rows = letter(60);
  CHECK_FALSE(is_repeat(noisy(rows, 12, 61), clean(rows), 1728));
  Bytes shifted(216 * 5);
  shifted.insert(shifted.end(), rows.begin(), rows.end());
  CHECK(is_repeat(noisy(rows, 120, 62), clean(shifted), 1728));  // five blank rows above it do not matter
}

TEST_CASE("rows made to be alike cost no more than the comparison is allowed") {
  PageRows one;
  PageRows other;
  std::mt19937 random(70);
  for (PageRows* page : {&one, &other}) {
    page->row_count = page::longest_page_rows;
    page->rows.resize(page->row_count);
    page->is_bad.resize(page->row_count);
    for (std::size_t i = 0; i < page->row_count; ++i) {
      page->rows[i] = static_cast<std::uint8_t>(random());
      page->is_bad[i] = random() % 3 == 0 ? 1 : 0;
    }
  }
  const std::clock_t start = std::clock();
  CHECK_FALSE(is_repeat(one, other, 8));
  CHECK((std::clock() - start) / static_cast<double>(CLOCKS_PER_SEC) < 0.5);
}
