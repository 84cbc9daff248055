// SPDX-License-Identifier: GPL-2.0-or-later
// Some pages of a fax.
#pragma once

#include <cstddef>

namespace faxmail {

struct PageRange {  // 1 = the fax's first page; 0, 0 = all of them
  std::size_t first = 0, last = 0;
  [[nodiscard]] bool all() const noexcept { return last == 0; }
};

}  // namespace faxmail
