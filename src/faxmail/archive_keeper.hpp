// SPDX-License-Identifier: GPL-2.0-or-later
// Has the archive cleaned at the start and once a day, and soon after a delivery where something is to go then; each
// time by a child that may touch the archive and nothing else. Owned by the Service.
#pragma once

#include <chrono>
#include <functional>
#include <set>

#include "src/base/event_loop.hpp"
#include "src/faxmail/retention.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"
#include "src/faxmail/workers.hpp"

namespace faxmail {

class ArchiveKeeper {
 public:
  using Busy = std::function<std::set<base::CallId>()>;  // the faxes that are in the queue now

  // All outlive it.
  ArchiveKeeper(base::EventLoop& loop, const Spool& spool, const Settings& settings, Busy busy);

  void clean();       // now, and a day later
  void clean_soon();  // for many calls one clean-up
  [[nodiscard]] bool working() const noexcept { return workers_.running() != 0; }

 private:
  using Clock = std::chrono::steady_clock;

  const Spool& spool_;
  const Settings& settings_;
  Busy busy_;
  Workers workers_;
  base::Timer timer_;
  bool soon_ = false;
  Clock::time_point last_ = Clock::now() - std::chrono::hours(1);  // clean-up after a delivery
};

// What the child begins with, for the test that proves it.
void give_up_all_but_the_archive(const std::filesystem::path& archive, int output);

}  // namespace faxmail
