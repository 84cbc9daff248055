// SPDX-License-Identifier: GPL-2.0-or-later
// What the hand-off says as JSON: the record of a fax, or the text of a REPORT. What is taken must come back the same from
// what we would write ourselves.
#include <cstdlib>

#include "src/handoff/report.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

void try_record(std::string_view text) {
  const std::string once = to_json(handoff::from_json(text));
  if (to_json(handoff::from_json(once)) != once) std::abort();
}

void try_report(std::string_view text) {
  const std::string once = to_json(handoff::report_from_json(text));
  if (to_json(handoff::report_from_json(once)) != once) std::abort();
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  try {
    try_report(as_text(bytes));
  } catch (const base::Failure&) {  // no report; it may be a record
  }
  try_record(as_text(bytes));
}
