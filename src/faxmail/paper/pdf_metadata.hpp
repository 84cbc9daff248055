// SPDX-License-Identifier: GPL-2.0-or-later
// What a PDF says of itself, as PostScript for pdfwrite: document information, XMP metadata, and in a PDF/A-2b
// file (ISO 19005-2) an output intent. The caller's words may be of any script and hold anything; none of them
// can become PostScript or XML. Called by make_pdf.
#pragma once

#include <cstdint>
#include <string>

#include "src/handoff/fax_record.hpp"

namespace faxmail {

// `now_unix_s`: when the file is made. Of a PDF/A the document information is ASCII, with '?' for what is not,
// since Ghostscript would refuse the rest there; the metadata have every letter in both kinds.
std::string pdf_information(const handoff::FaxRecord& fax, bool pdf_a, std::int64_t now_unix_s);

}  // namespace faxmail
