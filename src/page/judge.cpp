// SPDX-License-Identifier: GPL-2.0-or-later
// What a page is worth, and whether a page is the repeat of the one before it.
//
// The rule for a repeat. A row tells something if it was good, has a black pel, and differs from the good row above
// it. The longest sequence of telling rows that both pages have in the same order lays them side by side. Rows that
// only one page has there are explained if the other page broke off before them, or by the other's bad rows at that
// place, two by each: a bad row is often two that lost the EOL between them. The new page is the bad one's repeat
// if
// - at least 20 telling rows agree,
// - they are at least 90 % of the bad page's telling rows and at least half of the new page's,
// - and of the rows that nothing explains (wrong, but not seen to be) there is at most one for each 25 that agree,
//   and never more than four together; a telling row that has its like below it counts as two.
// So two letters on the same paper differ, and so do an empty form and the same one filled in: their difference is
// in rows that were good on both.
#include <algorithm>
#include <functional>
#include <optional>
#include <string_view>

#include "src/page/rows.hpp"
#include "src/page/t4_page.hpp"

namespace page {
namespace {

constexpr std::size_t fewest_agreeing = 20;
constexpr std::size_t most_unexplained_together = 4;
constexpr std::size_t agreeing_for_one_unexplained = 25;
constexpr std::size_t rows_explained_by_one_bad = 2;
// Rows of both pages together that the other has not: 1500² steps are some milliseconds. More is doubt.
constexpr std::int32_t most_differences = 1500;

struct Telling {
  std::size_t hash;       // a wrong match in 2^64 does no harm: many rows must agree
  std::size_t bad_above;  // bad rows between the telling row before it and this one
  std::size_t weight;     // 2 if the good row below it is the same
};
struct Outline {
  std::vector<Telling> rows;
  std::size_t bad_below = 0;  // bad rows after the last telling one
  bool has_end = false;
};

Outline outline_of(const PageRows& page, std::uint32_t width_pels) {
  const std::size_t octets = octets_per_row(width_pels);
  Outline outline;
  std::string_view above;
  std::size_t bad_rows = 0;
  for (std::size_t i = 0; i < page.row_count && (i + 1) * octets <= page.rows.size(); ++i) {
    if (i < page.is_bad.size() && page.is_bad[i] != 0) {
      ++bad_rows;
      continue;
    }
    const std::string_view row(reinterpret_cast<const char*>(page.rows.data()) + i * octets, octets);
    const bool is_blank = row.find_first_not_of('\0') == std::string_view::npos;
    if (!is_blank && row != above) {
      outline.rows.push_back({std::hash<std::string_view>{}(row), bad_rows, 1});
      bad_rows = 0;
    } else if (!is_blank) {
      outline.rows.back().weight = 2;
    }
    above = row;
  }
  outline.bad_below = bad_rows;
  outline.has_end = page.has_end && !page.is_cut;
  return outline;
}

// Where the pages part: rows that only one of them has, up to the next row of both.
struct Gap {
  std::size_t bad_at, page_at;
  std::size_t in_bad, in_page;
};

// E. W. Myers, "An O(ND) difference algorithm and its variations", 1986: how far along the bad page one comes with
// so many differences, for each diagonal (rows of the bad page less rows of the new one).
class Comparison {
 public:
  Comparison(const Outline& bad, const Outline& page)
      : bad_(bad.rows), page_(page.rows), furthest_(2 * most_differences + 3) {}
  // Where the pages part, from the end up; none if they differ too much.
  [[nodiscard]] std::optional<std::vector<Gap>> gaps();

 private:
  [[nodiscard]] bool try_with(std::int32_t differences);
  [[nodiscard]] static bool comes_from_above(const std::int32_t* furthest, std::int32_t diagonal,
                                             std::int32_t differences) noexcept {
    return diagonal == -differences ||
           (diagonal != differences && furthest[diagonal - 1] < furthest[diagonal + 1]);
  }
  [[nodiscard]] std::vector<Gap> walk_back(std::int32_t differences) const;

  const std::vector<Telling>& bad_;
  const std::vector<Telling>& page_;
  std::vector<std::int32_t> furthest_;              // by diagonal
  std::vector<std::vector<std::int32_t>> history_;  // of it, by differences: diagonals -n to n
};

std::optional<std::vector<Gap>> Comparison::gaps() {
  for (std::int32_t differences = 0; differences <= most_differences; ++differences)
    if (try_with(differences)) return walk_back(differences);
  return std::nullopt;
}

bool Comparison::try_with(std::int32_t differences) {
  const auto bad_rows = static_cast<std::int32_t>(bad_.size());
  const auto page_rows = static_cast<std::int32_t>(page_.size());
  std::int32_t* furthest = furthest_.data() + most_differences + 1;
  for (std::int32_t diagonal = -differences; diagonal <= differences; diagonal += 2) {
    std::int32_t i = comes_from_above(furthest, diagonal, differences) ? furthest[diagonal + 1]
                                                                       : furthest[diagonal - 1] + 1;
    for (; i < bad_rows && i - diagonal < page_rows; ++i)
      if (bad_[static_cast<std::size_t>(i)].hash != page_[static_cast<std::size_t>(i - diagonal)].hash) break;
    furthest[diagonal] = i;
    if (i >= bad_rows && i - diagonal >= page_rows) return true;
  }
  history_.emplace_back(furthest - differences, furthest + differences + 1);
  return false;
}

std::vector<Gap> Comparison::walk_back(std::int32_t differences) const {
  std::vector<Gap> gaps;
  auto i = static_cast<std::int32_t>(bad_.size());
  auto j = static_cast<std::int32_t>(page_.size());
  for (; differences > 0; --differences) {
    const std::int32_t before = differences - 1;
    const std::int32_t* furthest = history_[static_cast<std::size_t>(before)].data() + before;
    const bool in_page = comes_from_above(furthest, i - j, differences);
    const std::int32_t diagonal = i - j + (in_page ? 1 : -1);
    const std::int32_t after_i = furthest[diagonal] + (in_page ? 0 : 1);  // right after the difference
    const bool rows_agree_behind = after_i < i || gaps.empty();
    i = furthest[diagonal];
    j = i - diagonal;
    if (rows_agree_behind) gaps.push_back({});
    Gap& gap = gaps.back();
    gap = {static_cast<std::size_t>(i), static_cast<std::size_t>(j), gap.in_bad + (in_page ? 0 : 1),
           gap.in_page + (in_page ? 1 : 0)};
  }
  return gaps;
}

// How many of the `rows` from `at` on the other page should have, which has `others` from `from` on there.
std::size_t unexplained(const Outline& page, std::size_t at, std::size_t rows, const Outline& other,
                        std::size_t from, std::size_t others) noexcept {
  std::size_t bad = 0;
  for (std::size_t n = from; n <= from + others && n < other.rows.size(); ++n)
    bad += other.rows[n].bad_above;
  if (from + others >= other.rows.size()) {
    if (!other.has_end) return 0;
    bad += other.bad_below;
  }
  std::size_t weight = 0;
  for (std::size_t n = at; n < at + rows; ++n)
    weight += page.rows[n].weight;
  return weight - std::min(weight, bad * rows_explained_by_one_bad);
}

bool agree(const Outline& bad, const Outline& page) {
  const auto gaps = Comparison(bad, page).gaps();
  if (!gaps) return false;
  std::size_t all_unexplained = 0;
  std::size_t only_in_bad = 0;
  for (const Gap& gap : *gaps) {
    const std::size_t here =
        std::max(unexplained(bad, gap.bad_at, gap.in_bad, page, gap.page_at, gap.in_page),
                 unexplained(page, gap.page_at, gap.in_page, bad, gap.bad_at, gap.in_bad));
    if (here > most_unexplained_together) return false;
    all_unexplained += here;
    only_in_bad += gap.in_bad;
  }
  const std::size_t agreeing = bad.rows.size() - only_in_bad;
  return agreeing >= fewest_agreeing && agreeing * 10 >= bad.rows.size() * 9 &&
         agreeing * 2 >= page.rows.size() && all_unexplained * agreeing_for_one_unexplained <= agreeing;
}

bool is_whole(const PageRows& rows, bool ecm, const PageArrival& arrival) noexcept {
  const bool ended = ecm || rows.has_end || arrival.command_after_ms <= prompt_command_ms;
  return arrival.complete && !rows.is_cut && ended;
}

}  // namespace

Quality judge(const PageRows& rows, bool ecm, bool fine, const PageArrival& arrival,
              const QualityRules& rules) noexcept {
  if (rows.row_count == 0) return Quality::empty;
  if (!is_whole(rows, ecm, arrival)) return Quality::bad;
  if (rows.bad_rows == 0) return Quality::good;
  const std::uint64_t bad_percent_of_all = std::uint64_t{rows.bad_rows} * 100;  // percent × rows
  const std::uint64_t all = rows.row_count;
  const std::uint64_t most_together = std::uint64_t{rules.most_bad_together} * (fine ? 2 : 1);
  if (ecm || bad_percent_of_all > all * rules.bad_above_percent || rows.longest_bad_run > most_together)
    return Quality::bad;
  return bad_percent_of_all < all * rules.good_below_percent ? Quality::good : Quality::poor;
}

bool is_repeat(const PageRows& bad, const PageRows& page, std::uint32_t width_pels) {
  if (width_pels == 0 || width_pels > widest_page_pels) return false;
  return agree(outline_of(bad, width_pels), outline_of(page, width_pels));
}

}  // namespace page
