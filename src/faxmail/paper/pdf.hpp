// SPDX-License-Identifier: GPL-2.0-or-later
// The received TIFF as a PDF, and its first page as a small PNG, by Ghostscript's API. To be called in a
// process made for the one job: libgs has no time limit and has been known to crash. TIFF is decoded by
// libtiff (libgs cannot), its pixels go to pdfwrite unchanged, each page in its own true size.
#pragma once

#include "src/faxmail/paper/work.hpp"

namespace faxmail {

// Throws base::Failure (the TIFF is not what a fax is, or damaged; Ghostscript's words) or std::system_error.
// Ghostscript's temporary files lie in the PDF's folder.
void make_pdf(const PdfRequest& request);

}  // namespace faxmail
