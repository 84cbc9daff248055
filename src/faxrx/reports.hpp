// SPDX-License-Identifier: GPL-2.0-or-later
// What the spool process tells dahdi-faxmail besides faxes, as REPORT frames: calls that left no page, whose
// records page processes put into ready/, and whether the disk is too full for calls. The operator hears of them
// by mail, so nothing here may ever hold up a fax. Owned by the spool process.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <vector>

#include "src/faxrx/settings.hpp"
#include "src/handoff/frame.hpp"

namespace faxrx {

inline constexpr std::size_t most_reports = 1000;  // that wait for a dahdi-faxmail; the oldest go first

class Reports {
 public:
  // Sends a frame and returns the answer; throws when there is none.
  using Ask = std::function<handoff::Frame(const handoff::Frame&)>;

  explicit Reports(const Settings& settings) : settings_(settings), ready_(settings.spool / "ready") {}

  // Whatever there is to tell. False: some of it is to be told again later; so too when `ask` throws.
  bool tell(const Ask& ask);

 private:
  using Clock = std::chrono::steady_clock;
  bool tell_calls(const Ask& ask);
  bool tell_disk(const Ask& ask);
  [[nodiscard]] std::vector<std::filesystem::path> waiting() const;

  const Settings& settings_;
  std::filesystem::path ready_;
  bool full_told_ = false;
  Clock::time_point told_at_;
};

}  // namespace faxrx
