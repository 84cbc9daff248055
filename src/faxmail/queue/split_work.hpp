// SPDX-License-Identifier: GPL-2.0-or-later
// PDFs of some pages each, none above a size: what the PDF child does for a fax that is too big for one mail. Called in
// a child made for the job, as make_pdf_in_child is.
#pragma once

#include <string>
#include <vector>

#include "src/faxmail/job.hpp"
#include "src/faxmail/pdf.hpp"

namespace faxmail {

struct SplitRequest {
  PdfRequest whole;  // its pdf: a file in the job's folder, beside which the parts are written; no preview
  PageRange pages;   // 0, 0 = all
  std::uint64_t largest_pdf_bytes = 0;
  std::size_t least_parts = 2;  // to begin with
};

// Writes part_file() for each part and the ranges to `output` as JSON. Throws base::Failure when a page alone is too
// big.
int split_pdf_in_child(const SplitRequest& request, int output);
// What it wrote; throws base::Failure when that is no list of at least two ranges that follow each other.
std::vector<PageRange> ranges_from(const std::string& json);

// "part-5-8.pdf"
std::string part_file(const PageRange& pages);

// How large the PDF in a mail of this size may be: Base64 makes 78 bytes of 57, and there are words besides; 0 = not
// even the words fit.
std::uint64_t largest_pdf_in(std::uint64_t mail_bytes, std::size_t words_bytes);

}  // namespace faxmail
