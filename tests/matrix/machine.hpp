// SPDX-License-Identifier: GPL-2.0-or-later
// The two fax machines that the line matrix compares: ours, t30::Receiver with its pages in memory, and
// spandsp's stock engine with its pages in a file. Each for one call; owned by that call.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "hw/line.hpp"
#include "tests/matrix/test_fax.hpp"

namespace matrix {

class Machine {
 public:
  virtual ~Machine() = default;
  // 20 ms of the call; the first is that of the answer.
  virtual void block(const hw::Block& heard, hw::Block& said) = 0;
  // The call is over: what was received.
  virtual std::vector<Rows> pages() = 0;
};

enum class Make { ours, stock };
// How many 20 ms blocks ours waits for each page's verdict.
std::unique_ptr<Machine> answer(Make make, int verdict_delay_blocks = 0);

}  // namespace matrix
