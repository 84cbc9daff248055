// SPDX-License-Identifier: GPL-2.0-or-later
// How long the bell rings, from the driver's RINGBEGIN and RINGOFFHOOK, in the line's samples. Part of a
// FxoLine; RT safe.
#pragma once

#include <cstdint>

#include "hw/line.hpp"

namespace hw::dahdi {

// RINGOFFHOOK comes so long after the bell's end: what a card waits for another half wave, and the driver's own
// trailer of 50 ms (DAHDI_RINGTRAILER).
inline constexpr std::uint32_t ring_tail_ms = 180;
// What rings shorter is the pulse that tells of a caller ID to come (EN 300 659-1, 6.1.2c: 200 to 300 ms), and no
// ring to count.
inline constexpr std::uint32_t shortest_ring_ms = 250;

class RingBurst {
 public:
  void begins(std::uint64_t now) noexcept {
    began_ = now;
    rings_ = true;
  }
  // Once its end is told.
  void ends(std::uint64_t now) noexcept {
    const std::uint32_t told_ms = rings_ ? milliseconds(now) : 0;
    ms_ = told_ms > ring_tail_ms ? told_ms - ring_tail_ms : told_ms;
    rings_ = false;
  }
  [[nodiscard]] bool rings_longer_than(std::uint32_t ms, std::uint64_t now) const noexcept {
    return rings_ && milliseconds(now) > ms + ring_tail_ms;
  }
  [[nodiscard]] std::uint32_t ms() const noexcept { return ms_; }  // of the one that ended last; 0: not known
  [[nodiscard]] bool was_a_pulse() const noexcept { return ms_ > 0 && ms_ < shortest_ring_ms; }

 private:
  [[nodiscard]] std::uint32_t milliseconds(std::uint64_t now) const noexcept {
    return static_cast<std::uint32_t>((now - began_) * 1000 / samples_per_second);
  }

  std::uint64_t began_ = 0;
  std::uint32_t ms_ = 0;
  bool rings_ = false;
};

}  // namespace hw::dahdi
