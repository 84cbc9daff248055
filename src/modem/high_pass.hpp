// SPDX-License-Identifier: GPL-2.0-or-later
// Takes the direct current out of a line's sound: a card's converter has some, and one that listens on-hook may have a
// tenth of the whole scale. One pole at 0.90: -3 dB at 130 Hz, so that a ring's 25 Hz goes too. For the modems in
// this folder. RT safe.
#pragma once

#include <cstdint>

namespace modem {

class HighPass {
 public:
  float operator()(std::int16_t sample) noexcept {
    const auto in = static_cast<float>(sample);
    out_ = in - last_in_ + 0.90F * out_;
    last_in_ = in;
    return out_;
  }

 private:
  float last_in_ = 0, out_ = 0;
};

}  // namespace modem
