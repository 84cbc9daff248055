// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the line is in trouble, and what its owner has been told of it: each trouble once, even one that was over
// before he asked, and each end of one once. Part of an FxoLine; RT safe.
#pragma once

#include "hw/line.hpp"

namespace hw::dahdi {

class Alarms {
 public:
  void raise() noexcept {
    now_ = true;
    if (!told_) to_tell_ = true;
  }
  void clear() noexcept { now_ = false; }
  void are(bool raised) noexcept { raised ? raise() : clear(); }
  [[nodiscard]] bool now() const noexcept { return now_; }

  LineEvent next() noexcept {
    if (to_tell_) {
      to_tell_ = false;
      told_ = true;
      return LineEvent::line_trouble;
    }
    if (told_ && !now_) {
      told_ = false;
      return LineEvent::line_good;
    }
    return LineEvent::none;
  }
  [[nodiscard]] bool nothing_to_tell() const noexcept { return !to_tell_ && (!told_ || now_); }

 private:
  bool now_ = false, told_ = false, to_tell_ = false;
};

}  // namespace hw::dahdi
