// SPDX-License-Identifier: GPL-2.0-or-later
// Follows the caller's clock for spandsp's V.17. Its own timing moves only when the symbols are well beside their place,
// which with a clock 100 ppm off happens in jumps; and its equalizer learns nothing after the training, so a jump in a
// page costs bits (measured at 14400 bit/s: in 7 of 200 pages of 3 s). So the drift is measured from what that timing
// corrects, and corrected steadily; what is left to it is noise. Owned by a FastReceiver; RT safe.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "src/modem/spandsp.hpp"

namespace modem {

class V17Clock {
 public:
  // Between two pieces of a signal.
  void correct(v17_rx_state_t& v17, std::size_t samples) noexcept {
    if (v17.signal_present <= 0) return;
    due_ += steps_a_sample_ * static_cast<float>(samples);
    const float whole = std::trunc(due_);
    due_ -= whole;
    v17.eq_put_step += static_cast<int>(whole);
  }
  // From here on the signal says how fast the caller's clock is.
  void begin_to_measure(const v17_rx_state_t& v17) noexcept { corrected_ = v17.total_baud_timing_correction; }
  // After a piece. While the equalizer is being trained the drift has to be found; then only followed.
  void measure(const v17_rx_state_t& v17, bool equalizer_learns) noexcept {
    const auto more = static_cast<float>(v17.total_baud_timing_correction - corrected_);
    corrected_ = v17.total_baud_timing_correction;
    steps_a_sample_ += more * (equalizer_learns ? 0.05F : 0.01F) / piece_samples;
    steps_a_sample_ = std::clamp(steps_a_sample_, -most_steps_a_sample, most_steps_a_sample);
  }

 private:
  static constexpr float piece_samples = 160;
  // 640 steps are a symbol, of which there are 2400 a second: 100 ppm are 3.07 steps in 160 samples.
  static constexpr float most_steps_a_sample = 200e-6F * 640 * 2400 / 8000;

  float steps_a_sample_ = 0, due_ = 0;
  int corrected_ = 0;
};

}  // namespace modem
