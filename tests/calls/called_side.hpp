// SPDX-License-Identifier: GPL-2.0-or-later
// The called end of a test's line, 20 ms at a time: our receiver (in_process.hpp), or spandsp's engine, against
// which the scripted caller is tried itself. Called by a ScriptedCaller alone.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

namespace calls {

class CalledSide {
 public:
  virtual ~CalledSide() = default;
  virtual void block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) = 0;
  [[nodiscard]] virtual bool has_hung_up() const = 0;
  virtual void caller_hung_up() = 0;
  // What the disk under the pages does from now on.
  virtual void set_disk(bool full, unsigned slow_ms) = 0;
};

// spandsp's whole T.30 engine, which answers at once. Its pages go nowhere.
std::unique_ptr<CalledSide> spandsp_called_side();

}  // namespace calls
