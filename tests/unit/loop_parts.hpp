// SPDX-License-Identifier: GPL-2.0-or-later
// For tests of what works in an event loop.
#pragma once

#include <chrono>
#include <functional>

#include "src/base/event_loop.hpp"

namespace unit {

// Runs the loop until it is so, or the time is over; returns whether it is so.
inline bool run_until(base::EventLoop& loop, const std::function<bool()>& enough,
                      std::chrono::seconds limit = std::chrono::seconds(15)) {
  if (enough()) return true;
  base::Timer time_is_up(loop, CLOCK_MONOTONIC, [&loop] { loop.stop(0); });
  time_is_up.set(limit);
  const auto look = loop.before_sleep([&] {
    if (enough()) loop.stop(0);
  });
  loop.run();
  return enough();
}

}  // namespace unit
