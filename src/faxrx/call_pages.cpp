// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/call_pages.hpp"

namespace faxrx {
namespace {

bool is_better(const ArrivedPage& page, const ArrivedPage& last) noexcept {
  if (page.verdict != t30::Verdict::bad) return true;  // it will be confirmed: then it is what is kept
  if (page.rows.bad_rows != last.rows.bad_rows) return page.rows.bad_rows < last.rows.bad_rows;
  return page.rows.row_count >= last.rows.row_count;
}

}  // namespace

Stored CallPages::store(const ArrivedPage& page) {
  const bool repeat = is_repeat_of_last(page);
  rtn_said_ = false;
  if (page.verdict == t30::Verdict::empty) return Stored::nothing;
  if (!repeat) {
    last_bad_.reset();
    folder_->add_page(page.image);
    remember(page);
    return Stored::added;
  }
  if (!is_better(page, *last_bad_)) return Stored::not_needed;
  last_bad_.reset();
  folder_->replace_last_page(page.image);
  remember(page);
  return Stored::in_place_of_the_last;
}

// A repeat that was cut off is kept beside the whole one: its rows may be the better ones.
bool CallPages::is_repeat_of_last(const ArrivedPage& page) const {
  return last_bad_ && rtn_said_ && page.verdict != t30::Verdict::empty && page.image.complete &&
         last_bad_->image.width_pels == page.image.width_pels && last_bad_->image.x_dpi == page.image.x_dpi &&
         last_bad_->image.y_dpi == page.image.y_dpi &&
         page::is_repeat(last_bad_->rows, page.rows, page.image.width_pels);
}

void CallPages::remember(const ArrivedPage& page) {
  if (page.verdict == t30::Verdict::bad) last_bad_ = page;
}

}  // namespace faxrx
