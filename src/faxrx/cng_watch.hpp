// SPDX-License-Identifier: GPL-2.0-or-later
// Is this a fax machine that calls? Counts CNG (T.30, 4.2: 1100 Hz for 0.5 s every 3.5 s). A line that takes a call
// over from a person's telephone wants two of them at CNG's own pace, as speech may hold one. RT safe once made.
#pragma once

#include <cstdint>
#include <span>

#include "src/modem/tones.hpp"

namespace faxrx {

class CngWatch {
 public:
  explicit CngWatch(unsigned wanted) : wanted_(wanted), tone_(modem::FaxTone::cng) {}

  void restart() noexcept {
    tone_.restart();
    heard_ = 0;
  }
  // True when the last one that is wanted has been heard.
  bool hear(std::span<const std::int16_t> samples) noexcept {
    now_ += samples.size();
    if (heard_ > 0 && now_ - last_ > longest_pace) heard_ = 0;
    if (!tone_.hear(samples)) return false;
    if (heard_ > 0 && now_ - last_ < shortest_pace) heard_ = 0;  // it goes on, or comes too often: no CNG
    last_ = now_;
    tone_.restart();
    return ++heard_ == wanted_;
  }

 private:
  // Samples from one CNG to the next: 3.5 s ± 15 %, and how far its recognition may move.
  static constexpr std::uint64_t shortest_pace = 8000 * 27 / 10;
  static constexpr std::uint64_t longest_pace = 8000 * 44 / 10;

  unsigned wanted_, heard_ = 0;
  std::uint64_t now_ = 0, last_ = 0;
  modem::ToneListener tone_;
};

}  // namespace faxrx
