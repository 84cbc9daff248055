// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxmail has dahdi-faxmail-paper do: one piece of work a process, which comes as JSON on its standard input;
// what it has to say goes to its standard output. Written by the Queue (through paper_program.hpp), read by paper/main.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "src/faxmail/page_range.hpp"
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
  handoff::FaxRecord fax;  // for document information
  bool pdf_a = true;       // PDF/A-2b; else a plain PDF
  PageRange pages;         // 0, 0 = all
};

// PDFs of some pages each, none above a size: for a fax that is too big for one mail.
struct SplitRequest {
  PdfRequest whole;  // its pdf: a file in the job's folder, beside which the parts are written; no preview
  std::uint64_t largest_pdf_bytes = 0;
  std::size_t least_parts = 2;  // to begin with
};

using PaperWork = std::variant<PdfRequest, SplitRequest>;

std::string to_json(const PaperWork& work);
// Throws base::Failure when that is none.
PaperWork paper_work_from(const std::string& json);

// Where each part of a split fax is: "part-5-8.pdf", beside the whole.
std::string part_file(const PageRange& pages);
// What a SplitRequest has become.
std::string to_json(const std::vector<PageRange>& parts);
// Throws base::Failure when that is no list of at least two ranges that follow each other.
std::vector<PageRange> parts_from(const std::string& json);

}  // namespace faxmail
