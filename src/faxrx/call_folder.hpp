// SPDX-License-Identifier: GPL-2.0-or-later
// A call on disk, dahdi-faxrx-spool(5). While it goes on: SPOOL/incoming/CALLID/ with call.json and 0001.tif,
// 0002.tif, … When it is over: SPOOL/ready/CALLID.tif and, last, SPOOL/ready/CALLID.json, whose appearance is
// the commit; only then does the folder in incoming go. A crash at any point leaves a folder, a document, or
// both, and finish_leftover() makes the one document of it: the id is the same, so writing it twice changes
// nothing. Owned by page processes.
#pragma once

#include <filesystem>
#include <string>

#include "src/handoff/fax_record.hpp"
#include "src/page/page_file.hpp"

namespace faxrx {

struct Spool {
  explicit Spool(const std::filesystem::path& folder)
      : incoming(folder / "incoming"),
        ready(folder / "ready"),
        trace(folder / "trace"),
        recordings(folder / "recordings") {}
  std::filesystem::path incoming, ready, trace, recordings;
};

// Behind the id of a call that left no page, in ready/: its record, to be reported.
inline constexpr const char* report_ending = ".call";

class CallFolder {
 public:
  // Makes the folder and call.json, durable. Throws std::system_error.
  CallFolder(const Spool& spool, handoff::FaxRecord record);

  // Adds the next page, durable and read back; its number is the next one. Throws: then the page is not
  // stored.
  void add_page(const page::PageImage& image);
  // Puts this one in the place of the last page, as durably; at every moment one of the two is on the disk.
  // Throws: then this one is not stored, and the old one is there or, where this one did not read back, not.
  void replace_last_page(const page::PageImage& image);
  // The document and its record go to ready/, the folder away. Without a page there is no document, but the record for
  // a report. Throws: then the folder stays for finish_leftover().
  void finish();

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

  handoff::FaxRecord record;  // to be filled in by the owner as the call goes on

 private:
  Spool spool_;
  std::filesystem::path folder_;
};

[[nodiscard]] handoff::PageRecord record_of(const page::PageImage& image, unsigned number);

// What a dead process or a power cut left in incoming/: all, or those of one line. Each becomes a document
// (marked incomplete), or goes, if it has no page. Returns how many there were; one that resists is logged
// and left.
unsigned finish_leftovers(const Spool& spool, const std::string& line_or_all);

}  // namespace faxrx
