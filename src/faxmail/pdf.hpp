// SPDX-License-Identifier: GPL-2.0-or-later
// The received TIFF as a PDF, and its first page as a small PNG, by Ghostscript's API. To be called in a
// child process made for the one job: libgs has no time limit and has been known to crash. TIFF is decoded by
// libtiff (libgs cannot), its pixels go to pdfwrite unchanged, each page in its own true size.
#pragma once

#include <filesystem>
#include <string>

#include "src/handoff/fax_record.hpp"

namespace faxmail {

struct PdfRequest {
  std::filesystem::path tiff;     // read
  std::filesystem::path pdf;      // written (whole or not at all is the caller's business: a job folder)
  std::filesystem::path preview;  // written: PNG, first page, greyscale, about 850 pixels wide; empty: none
  // "Received by COMPANY, date and time, from CALLER, page n of m" above each page; either empty or false:
  // none
  std::string company;
  bool received_line = false;
  handoff::FaxRecord fax;                     // for document information
  bool pdf_a = true;                          // PDF/A-2b; else a plain PDF
  std::size_t first_page = 1, last_page = 0;  // which pages; last 0: to the end
};
// Throws base::Failure (the TIFF is not what a fax is, or damaged; Ghostscript's words) or std::system_error.
// Ghostscript's temporary files lie in the PDF's folder.
void make_pdf(const PdfRequest& request);

}  // namespace faxmail
