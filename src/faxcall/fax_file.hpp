// SPDX-License-Identifier: GPL-2.0-or-later
// The TIFF file to be sent, looked at before anybody is called: spandsp would find out only in the call, and
// takes a resolution that it does not know for 204 dots per inch by 98.
#pragma once

#include <filesystem>

namespace faxcall {

// The number of its pages. Throws base::Failure naming the page and what is wrong when it cannot be faxed.
int count_fax_pages(const std::filesystem::path& file);

}  // namespace faxcall
