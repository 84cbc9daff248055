// SPDX-License-Identifier: GPL-2.0-or-later
// The pages in a mail, beside those that were sent.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace scenario {

// Whether the PDF in the mail holds the TIFF's pages, pixel for pixel, in their true size; says how they differ. The
// options are those of tests/tools/compare-mail: {"--pages", "2-5"}.
bool mail_has_pages(const std::filesystem::path& mail, const std::filesystem::path& tiff,
                    const std::vector<std::string>& options = {});

}  // namespace scenario
