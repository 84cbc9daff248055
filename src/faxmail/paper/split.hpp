// SPDX-License-Identifier: GPL-2.0-or-later
// A fax that is too big for one mail, as PDFs of some pages each. Called by paper/main.
#pragma once

#include <vector>

#include "src/faxmail/paper/work.hpp"

namespace faxmail {

// Writes part_file() for each part. Throws base::Failure when a page alone is too big, or there is only one.
std::vector<PageRange> split_pdf(const SplitRequest& request);

}  // namespace faxmail
