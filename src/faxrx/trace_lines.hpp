// SPDX-License-Identifier: GPL-2.0-or-later
// The lines of a call's trace, dahdi-faxrx-spool(5), as JSON objects: what was said and heard, what the
// receiver noticed, what became of the pages. Every number may be a stranger's: each is bounded here, each
// text is printable. Used by the page process; not RT safe.
#pragma once

#include <nlohmann/json.hpp>

#include "src/faxrx/call_pages.hpp"
#include "src/faxrx/ring_records.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxrx {

using TraceJson = nlohmann::ordered_json;

// The octets behind the facsimile control field, "00 ce b8"; of a password, which is nobody's business, how many.
[[nodiscard]] std::string hex_of(const Frame& frame);

// All but the first and the last begin with "t" and "event". `t`: seconds since the answer.
[[nodiscard]] TraceJson trace_of_call(const handoff::FaxRecord& record);
[[nodiscard]] TraceJson trace_of_frame(double t, const Frame& frame);
[[nodiscard]] TraceJson trace_of_session(double t, const t30::Session& session);
[[nodiscard]] TraceJson trace_of(double t, const t30::Trace& trace);
struct PageNews {
  handoff::PageRecord page;
  t30::Verdict verdict;
  Stored stored;
  std::size_t octets;
  double took_ms;  // from its end to its being on disk
};
[[nodiscard]] TraceJson trace_of_page(double t, const PageNews& news);
[[nodiscard]] TraceJson trace_of_lost_page(double t, const std::string& why);
[[nodiscard]] TraceJson trace_of_end(double t, const handoff::FaxRecord& record);

}  // namespace faxrx
