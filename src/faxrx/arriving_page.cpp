// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/arriving_page.hpp"

#include <utility>

#include "src/base/errors.hpp"

namespace faxrx {
namespace {

constexpr std::size_t largest_page_bytes = 64U << 20U;
constexpr std::size_t most_holes = 100'000;
constexpr unsigned fine_from_dpi = 150;  // 3.85 rows/mm are 98 dpi, 7.7 are 196

t30::Verdict verdict_of(page::Quality quality) noexcept {
  switch (quality) {
    case page::Quality::good:
      return t30::Verdict::good;
    case page::Quality::poor:
      return t30::Verdict::poor;
    case page::Quality::bad:
      return t30::Verdict::bad;
    case page::Quality::empty:
      break;
  }
  return t30::Verdict::empty;
}

}  // namespace

ArrivingPage::ArrivingPage(const t30::PageFormat& format) : format_(format) {
  if (format.coding > page::Coding::mmr)
    throw base::Failure("a page came in coding {}, which there is not", static_cast<unsigned>(format.coding));
  coded_.width_pels = format.width_pels;
  coded_.coding = format.coding;
  coded_.ecm = format.ecm != 0;
}

void ArrivingPage::bytes(std::span<const std::uint8_t> bytes) {
  if (coded_.bytes.size() + bytes.size() > largest_page_bytes) too_large_ = true;
  if (!too_large_) coded_.bytes.insert(coded_.bytes.end(), bytes.begin(), bytes.end());
}

void ArrivingPage::hole() {
  if (coded_.holes.size() == most_holes) too_large_ = true;
  if (!too_large_) coded_.holes.push_back(coded_.bytes.size());
}

ArrivedPage ArrivingPage::arrived(const t30::PageEnd& end, const page::QualityRules& rules) const {
  if (too_large_)
    throw base::Failure("the page has more than {} bytes or {} holes", largest_page_bytes, most_holes);
  page::PageRows rows = page::decode_page(coded_);
  const page::PageArrival arrival{end.complete != 0, end.command_after_ms};
  t30::Verdict verdict =
      verdict_of(page::judge(rows, coded_.ecm, format_.y_dpi >= fine_from_dpi, arrival, rules));
  // With error correction there is nothing to say about a page but that it is there (T.30, annex A).
  if (coded_.ecm && verdict != t30::Verdict::empty) verdict = t30::Verdict::good;
  if (rows.row_count == 0) verdict = t30::Verdict::empty;
  const bool damaged =
      end.damaged != 0 || !coded_.holes.empty() || rows.is_cut || (coded_.ecm && rows.bad_rows > 0);
  page::PageImage image{format_.width_pels, format_.x_dpi, format_.y_dpi,        rows.rows,
                        rows.row_count,     rows.bad_rows, rows.longest_bad_run, t30::name_of(verdict),
                        end.complete != 0,  damaged};
  return {std::move(rows), std::move(image), verdict, coded_.bytes.size(), coded_.ecm};
}

}  // namespace faxrx
