// SPDX-License-Identifier: GPL-2.0-or-later
// The line above a PDF page, for those who must keep it: "Received by COMPANY, 2026-11-23 14:03, from CALLER,
// page 1 of 3". It stands in a strip of its own; the page below it stays as it was received. Called by
// make_pdf.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "src/handoff/fax_record.hpp"

namespace faxmail {

inline constexpr double received_strip_points = 17.01;  // 6 mm

std::string received_line(std::string_view company, const handoff::FaxRecord& fax, std::size_t page,
                          std::size_t pages);
// PostScript that draws the line in the strip that begins `bottom` points above the page's lower edge.
std::string received_line_program(std::string_view line, double page_width, double bottom);

// A text as a PostScript string in hexadecimal digits, in which nothing a stranger sent can be PostScript:
std::string latin1_hex(std::string_view utf8);       // <...>, what Latin-1 lacks becomes '?'
std::string pdf_text_string(std::string_view utf8);  // <FEFF...>, UTF-16 (ISO 32000-1, 7.9.2.2)

}  // namespace faxmail
