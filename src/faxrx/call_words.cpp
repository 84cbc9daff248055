// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/call_words.hpp"

#include <fmt/format.h>

#include <numeric>

namespace faxrx {

std::string who_calls(const handoff::FaxRecord& record) {
  std::string who = record.caller_number.empty() ? "an unknown number" : record.caller_number;
  if (!record.caller_name.empty()) who += fmt::format(" ({})", record.caller_name);
  return who;
}

std::string summary_of(const handoff::FaxRecord& record) {
  const unsigned bad_rows =
      std::accumulate(record.pages.begin(), record.pages.end(), 0U,
                      [](unsigned sum, const auto& page) { return sum + page.bad_rows; });
  std::string text =
      fmt::format("{} page{} in {:.1f} s, {}", record.pages.size(), record.pages.size() == 1 ? "" : "s",
                  record.duration_s, record.complete ? "complete" : "NOT COMPLETE");
  if (bad_rows > 0) text += fmt::format(", {} bad rows", bad_rows);
  if (!record.modem.empty())
    text += fmt::format(", {} {} bit/s {} {}, station \"{}\"", record.modem, record.rate_bps,
                        record.ecm ? "ECM" : "no ECM", record.coding, record.station_id);
  return text + fmt::format(", {}: {}", record.outcome, record.sentence);
}

}  // namespace faxrx
