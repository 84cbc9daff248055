// SPDX-License-Identifier: GPL-2.0-or-later
// What the line lost in a call, through no fault of the caller: blocks not read or written in time, as the driver
// tells by events, and interrupts the card missed, as its span counts them. Part of an FxoLine. The driver tells
// no program of a span's timing slips, and an analog port has none: it follows the exchange in nothing.
#pragma once

#include <string_view>

#include "hw/dahdi/channel.hpp"

namespace hw::dahdi {

class LostSamples {
 public:
  // RT safe:
  void begin_call(Channel& channel) noexcept;
  void read_overrun() noexcept { ++faults_.read_overruns; }
  void write_underrun() noexcept { ++faults_.write_underruns; }
  void end_call(Channel& channel) noexcept;

  [[nodiscard]] LineFaults faults() const noexcept { return faults_; }
  std::string_view remark() noexcept;  // a sentence for the operator; empty: nothing was lost

 private:
  LineFaults faults_;
  int irq_misses_before_ = -1;  // −1: not known
  std::array<char, 200> text_{};
};

}  // namespace hw::dahdi
