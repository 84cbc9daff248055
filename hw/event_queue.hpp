// SPDX-License-Identifier: GPL-2.0-or-later
// The events a line has noticed and its owner has not yet fetched. Part of a line; RT safe.
#pragma once

#include <array>
#include <cstddef>

#include "hw/line.hpp"

namespace hw {

class EventQueue {
 public:
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  void clear() noexcept { count_ = 0; }

  // When nobody fetches them, the newest gives way to the next: how a call ended is never lost.
  void put(LineEvent event) noexcept {
    if (count_ == events_.size()) --count_;
    events_[(first_ + count_++) % events_.size()] = event;
  }

  LineEvent take() noexcept {
    if (empty()) return LineEvent::none;
    const LineEvent event = events_[first_];
    first_ = (first_ + 1) % events_.size();
    --count_;
    return event;
  }

 private:
  std::array<LineEvent, 8> events_{};
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace hw
