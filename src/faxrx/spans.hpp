// SPDX-License-Identifier: GPL-2.0-or-later
// The ISDN spans whose channels are served, a process each; which they are shows when their lines are started. Owned by
// the supervisor; one thread.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include "src/faxrx/settings.hpp"
#include "src/faxrx/span_keeper.hpp"

namespace faxrx {

class Spans {
 public:
  explicit Spans(base::EventLoop& loop) : loop_(loop) {}

  void follow(std::shared_ptr<const Settings> settings);
  // For a line's process that is about to start; empty: its calls come by the line itself. Throws std::system_error.
  [[nodiscard]] base::UniqueFd link_for(const hw::LineName& line);
  void line_ended(const std::string& line);   // its process did
  void forget_line(const std::string& line);  // it is served no longer
  void end();
  [[nodiscard]] bool are_over() const noexcept;

 private:
  struct Place {
    std::string span;
    unsigned timeslot;
  };
  SpanKeeper& keeper_of(const hw::isdn::SpanPlace& place);

  base::EventLoop& loop_;
  std::shared_ptr<const Settings> settings_;
  std::map<std::string, SpanKeeper> keepers_;  // by span
  std::map<std::string, Place> places_;        // by line
};

}  // namespace faxrx
