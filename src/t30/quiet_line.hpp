// SPDX-License-Identifier: GPL-2.0-or-later
// How quiet the line can be, and whether it is quiet now: answers go out only onto a quiet line, and the modems'
// carrier detectors are set above the noise. Fed with the level of each 20 ms. RT safe.
#pragma once

#include <algorithm>
#include <cstdint>

namespace t30 {

class QuietLine {
 public:
  static constexpr float above_floor_db = 5;
  static constexpr unsigned quiet_blocks = 4;  // 80 ms; wanted are 75 ± 20 ms (T.30, 5.3.2)

  void begin() noexcept { *this = {}; }
  // `may_be_floor`: we say nothing now, and nothing is expected of the caller.
  void block(float level_dbm0, bool may_be_floor) noexcept {
    window_dbm0_ = may_be_floor ? std::max(window_dbm0_, level_dbm0) : silence_dbm0;
    window_blocks_ = may_be_floor ? window_blocks_ + 1 : 0;
    if (window_blocks_ == window) {
      floor_dbm0_ = measured_ ? std::min(floor_dbm0_, window_dbm0_) : window_dbm0_;
      measured_ = true;
      window_blocks_ = 0;
      window_dbm0_ = silence_dbm0;
    }
    quiet_for_ = level_dbm0 < threshold_dbm0() ? quiet_for_ + 1 : 0;
  }
  [[nodiscard]] bool is_quiet() const noexcept { return quiet_for_ >= quiet_blocks; }
  [[nodiscard]] bool has_sound() const noexcept { return quiet_for_ == 0; }
  [[nodiscard]] unsigned quiet_for_blocks() const noexcept { return quiet_for_; }
  [[nodiscard]] float floor_dbm0() const noexcept { return floor_dbm0_; }
  // A carrier detector's cutoff: its usual one, or just above the noise.
  [[nodiscard]] float cutoff_dbm0(float usual_dbm0) const noexcept {
    return std::max(usual_dbm0, floor_dbm0_ + above_floor_db);
  }

 private:
  static constexpr unsigned window = 8;  // 160 ms: the loudest block of the quietest such time is the floor
  static constexpr float silence_dbm0 = -96;
  static constexpr float usual_floor_dbm0 = -55;
  // Below this everything is quiet: no machine is heard there (T.30 wants −43 dBm).
  static constexpr float always_quiet_dbm0 = -50;
  // A floor above this is no noise but somebody talking.
  static constexpr float highest_floor_dbm0 = -25;

  [[nodiscard]] float threshold_dbm0() const noexcept {
    return std::clamp(floor_dbm0_ + above_floor_db, always_quiet_dbm0, highest_floor_dbm0);
  }

  float floor_dbm0_ = usual_floor_dbm0, window_dbm0_ = silence_dbm0;
  unsigned window_blocks_ = 0, quiet_for_ = 0;
  bool measured_ = false;
};

}  // namespace t30
