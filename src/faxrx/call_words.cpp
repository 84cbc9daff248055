// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/call_words.hpp"

#include <fmt/format.h>

#include <array>
#include <numeric>

namespace faxrx {

const char* word_of(hw::Screening screening) noexcept {
  constexpr std::array words = {"", "not_screened", "passed", "failed", "network"};
  return words[static_cast<std::size_t>(screening) % words.size()];
}

const char* word_of(hw::Redirection redirection) noexcept {
  constexpr std::array words = {"",          "unknown",       "busy",        "no_reply",
                                "deflected", "unconditional", "out_of_order"};
  return words[static_cast<std::size_t>(redirection) % words.size()];
}

std::string who_calls(const handoff::FaxRecord& record) {
  std::string who = !record.caller_number.empty()             ? record.caller_number
                    : record.number_withheld == "by_caller"   ? "a withheld number"
                    : record.number_withheld == "unavailable" ? "a number that is not available"
                                                              : "an unknown number";
  if (!record.caller_name.empty()) who += fmt::format(" ({})", record.caller_name);
  return who;
}

// A fax that failed beside these did not fail by the sender.
std::string words_of(const handoff::LineFaults& faults) {
  if (!faults.any()) return "";
  const auto times = [](unsigned count) { return fmt::format("{} time{}", count, count == 1 ? "" : "s"); };
  const unsigned late = faults.read_overruns + faults.write_underruns;
  std::string words;
  if (faults.timing_slips > 0)
    words =
        fmt::format("the line lost samples {}: look at the span's clock source (dahdi-faxrx --list-channels)",
                    times(faults.timing_slips + late));
  else if (late > 0)
    words =
        fmt::format("the line lost samples {}: this machine was too busy to serve it in time", times(late));
  if (faults.irq_misses == 0) return words;
  return fmt::format("{}{}the card missed {} interrupt{}: look at what shares its interrupt line", words,
                     words.empty() ? "" : "; ", faults.irq_misses, faults.irq_misses == 1 ? "" : "s");
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
