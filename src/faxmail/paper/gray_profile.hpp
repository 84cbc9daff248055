// SPDX-License-Identifier: GPL-2.0-or-later
// A grey ICC profile (ICC.1:2001-04, version 2.1, gamma 2.2), which a PDF/A file must carry in its output
// intent. Made here, so that a PDF/A needs no file of somebody else's at run time. Called by pdf_metadata.
#pragma once

#include <string>

namespace faxmail {

std::string gray_profile();  // its bytes

}  // namespace faxmail
