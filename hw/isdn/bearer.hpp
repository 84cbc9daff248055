// SPDX-License-Identifier: GPL-2.0-or-later
// What carries the sound of an ISDN line's calls, and knows nothing of how they begin and end: a B channel of a card,
// or a line of the software exchange. Part of one IsdnLine, which alone calls it; all RT safe but faults and remark.
#pragma once

#include <string_view>

#include "hw/law.hpp"
#include "hw/line.hpp"

namespace hw::isdn {

class Bearer {
 public:
  virtual ~Bearer() = default;

  [[nodiscard]] virtual int fd() const noexcept = 0;  // to poll for sound, from take() to release()
  [[nodiscard]] virtual int poll_timeout_ms() const noexcept { return -1; }
  virtual void take(Law law) noexcept = 0;  // a call rings: its sound is ours, and nothing of an older one
  virtual void answer() noexcept {}         // ... and is connected now
  virtual void release() noexcept = 0;      // idle: nothing is heard or said until the next take()
  virtual bool read(Block& heard) noexcept = 0;
  virtual void write(const Block& said) noexcept = 0;
  // line_trouble, line_good, caller_gone, no_more_calls; none.
  virtual LineEvent next_event() noexcept = 0;
  [[nodiscard]] virtual bool runs_in_real_time() const noexcept = 0;
  [[nodiscard]] virtual LineFaults faults() noexcept { return {}; }
  [[nodiscard]] virtual std::string_view remark() noexcept { return {}; }
};

}  // namespace hw::isdn
