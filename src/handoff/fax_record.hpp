// SPDX-License-Identifier: GPL-2.0-or-later
// Everything that is known of one received fax: written by a page process beside the document, handed over
// with it, kept by dahdi-faxmail. As JSON it is dahdi-faxrx-record(5). Texts are already printable UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/call_id.hpp"

namespace handoff {

struct PageRecord {
  unsigned number = 0;  // 1 = first in the document
  unsigned width_pels = 0;
  unsigned rows = 0;
  double x_dpi = 0,
         y_dpi =
             0;  // RFC 3949, 3.4.1 (TIFF-F): 204 × 98, 196, 391; 200 × 100, 200, 400; 300 × 300; 408 × 391
  unsigned bad_rows = 0;
  unsigned longest_bad_run = 0;  // bad rows together
  bool complete = true;          // false: cut off, this is its upper part
  std::string verdict;           // good, poor, bad
  bool damaged = false;          // octets of it never came: rows are missing or wrong (ECM, after EOR)
};

// What the line itself lost in the call: no fault of the caller's.
struct LineFaults {
  unsigned read_overruns = 0, write_underruns = 0;  // blocks that came or went too late, on our side
  unsigned timing_slips = 0;                        // of the span's clock
  unsigned irq_misses = 0;                          // of the card
  [[nodiscard]] bool any() const noexcept {
    return read_overruns + write_underruns + timing_slips + irq_misses > 0;
  }
};

struct FaxRecord {
  base::CallId id;
  std::string line;           // "7", "exchange:/run/x/1"
  unsigned channel = 0;       // the number in it, for file names; 0 for a recording
  std::string called;         // the number that was dialled; empty = unknown
  std::string caller_number;  // empty = unknown
  std::string caller_name;
  std::string number_withheld;  // why there is no caller_number: by_caller, unavailable; empty = not told
  std::string
      number_screening;  // who vouches for it: not_screened, passed, failed, network; empty = not told
  std::string redirecting_number;  // dialled first, and passed on to `called`; empty = not told
  std::string
      redirecting_reason;  // unknown, busy, no_reply, deflected, unconditional, out_of_order; empty = not told
  std::string caller_told_at;  // the network's own clock with the caller's number, MMDDhhmm; empty = not told
  unsigned rings = 0;          // before the answer
  unsigned ring_ms = 0;        // how long the last one was (distinctive ring); 0 = not known
  std::string station_id;      // TSI (T.30, 5.3.6.2.6)
  std::string sub_address;     // SUB
  std::int64_t started_unix_s = 0;
  double duration_s = 0;  // the line's time, from the first ring
  std::string modem;      // "V.17", "V.29", "V.27ter"; empty = none came to an agreement
  unsigned rate_bps = 0;
  bool ecm = false;
  std::string coding;    // on the line: MH, MR, MMR
  std::string outcome;   // a code of the table in dahdi-faxrx-record(5)
  std::string sentence;  // the same for a person
  LineFaults line_faults;
  bool complete = false;  // the caller ended the call as T.30 has it, after its last page
  std::vector<PageRecord> pages;
};

[[nodiscard]] std::string to_json(const FaxRecord& record);
// Throws base::Failure naming the field that is missing, of the wrong kind, or beyond its limit.
[[nodiscard]] FaxRecord from_json(std::string_view json);

inline constexpr std::size_t largest_record_json = 256 * 1024;  // bytes
inline constexpr std::size_t most_pages =
    1000;  // so that the record still fits, and into one packet of a Unix socket

}  // namespace handoff
