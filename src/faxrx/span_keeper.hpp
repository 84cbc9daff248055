// SPDX-License-Identifier: GPL-2.0-or-later
// The life of one ISDN span's process as the supervisor sees it: it is started, watched, started again when it dies or
// hangs, and tried again while the D channel cannot be opened. Both ends of the links between it and the line processes
// are kept here, so that either side may come back and find the same link. Owned by Spans; one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>

#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"
#include "src/span/span_process.hpp"

namespace faxrx {

class SpanKeeper {
 public:
  SpanKeeper(base::EventLoop& loop, hw::isdn::SpanPlace place, span::SpanSettings settings);
  SpanKeeper(const SpanKeeper&) = delete;
  SpanKeeper& operator=(const SpanKeeper&) = delete;

  // For the line's process that is about to start. Starts the span's one when it is the first. Throws
  // std::system_error.
  [[nodiscard]] base::UniqueFd link_for(const hw::isdn::SpanPlace& place, const std::string& line);
  void line_ended(unsigned timeslot);
  void forget_line(unsigned timeslot);
  // Other settings: the process ends after the calls that run, taking none meanwhile, and starts with these.
  void follow(const span::SpanSettings& settings);
  void end();  // after the calls that run

  [[nodiscard]] bool has_lines() const noexcept { return !links_.empty(); }
  [[nodiscard]] bool is_over() const noexcept { return leaving_ && pid_ < 0; }

 private:
  struct Link {
    std::string line;
    base::UniqueFd line_end, span_end;
  };
  void start();
  void hand_over(unsigned timeslot, const Link& link);
  bool hear();
  void ended(int status);
  void could_not_open(std::string why);
  void no_signalling();
  [[nodiscard]] std::chrono::milliseconds pause_before_start();

  base::EventLoop& loop_;
  hw::isdn::SpanPlace place_;
  span::SpanSettings settings_;
  std::map<unsigned, Link> links_;  // by timeslot
  base::UniqueFd control_;
  base::EventLoop::Source heard_, end_;
  base::Timer pause_, silence_;
  pid_t pid_ = -1;
  std::string why_not_open_;
  std::chrono::seconds open_pause_;
  std::chrono::steady_clock::time_point started_;
  bool opened_ = false, leaving_ = false, drains_ = false;
};

}  // namespace faxrx
