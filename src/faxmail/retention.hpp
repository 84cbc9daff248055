// SPDX-License-Identifier: GPL-2.0-or-later
// Removes from the archive what was kept long enough. It removes only what dahdi-faxmail filed: a file that a
// record of its own names, in the folder where the record is, and that still holds the same bytes. It follows no
// symbolic link below the archive. Each removal stands alone, so it may be killed at any moment. Called in a
// child made for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>

#include "src/base/call_id.hpp"

namespace faxmail {

struct Retention {
  unsigned tiff_days = 30, pdf_days = 30;  // after the last mail was done; 0: as soon as it is
  std::set<base::CallId> busy;             // faxes that are still in the queue
  std::int64_t now_unix_s = 0;             // what was filed or mailed after this moment is left alone
};

struct Removed {
  std::size_t files = 0, records = 0, changed = 0;  // changed: not as they were filed, and so they stay
};

Removed clean_archive(const std::filesystem::path& archive, const Retention& retention);

}  // namespace faxmail
