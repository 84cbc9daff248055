// SPDX-License-Identifier: GPL-2.0-or-later
// One dahdi-faxcall that is watched while it calls: each line of its trace is seen as it is written. Owned by one
// tortured call, one thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "src/base/unique_fd.hpp"
#include "tests/scenario/process.hpp"

namespace torture {

// What a line of the trace says.
enum class Moment {
  other,
  ringing,  // `line` says where
  answered,
  page_command,  // MPS, EOM, EOP or PPS with one of them is going out: the page's last row is out
  page_response  // MCF, RTP, RTN, PPR, ... came to it
};
struct Event {
  Moment moment;
  unsigned line;
};
Event event_of(const std::string& trace_line);

class Caller {
 public:
  // `name`: what its files are called, in `folder`.
  Caller(const std::vector<std::string>& options, const std::filesystem::path& folder,
         const std::string& name);

  // The next event of that kind; nullopt: the call ended first.
  std::optional<Event> wait_for(Moment moment);
  // Whether a page's command is out and nothing has answered it yet, as far as the trace goes now.
  bool page_is_unanswered();
  // Waits for the end; null when it said nothing (it does not end within a minute: killed).
  nlohmann::json result();

 private:
  std::optional<Event> next_event();  // that is written already
  void wait_for_more();

  std::filesystem::path trace_, output_;
  base::UniqueFd inotify_;
  scenario::Process process_;
  base::UniqueFd trace_fd_;
  std::string unread_;
  bool unanswered_ = false;
};

}  // namespace torture
