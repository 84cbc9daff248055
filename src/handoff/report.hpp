// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxrx tells dahdi-faxmail besides faxes, so that the operator hears of it by mail: the text of a
// REPORT frame, dahdi-faxrx-handoff(5).
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "src/handoff/fax_record.hpp"

namespace handoff {

// A call that was answered and left no page.
struct CallReport {
  FaxRecord call;
};

// The receiver's disk has become too full for calls, or is so no longer.
struct DiskReport {
  std::string folder;
  bool full = false;
  unsigned free_mb = 0, least_free_mb = 0;
  bool calls_answered = false;  // all the same: answer_when_full
};

using Report = std::variant<CallReport, DiskReport>;

[[nodiscard]] std::string to_json(const Report& report);
// Throws base::Failure with a sentence for what is no report.
[[nodiscard]] Report report_from_json(std::string_view json);

}  // namespace handoff
