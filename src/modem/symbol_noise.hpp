// SPDX-License-Identifier: GPL-2.0-or-later
// How far a modem's received symbols lie from the constellation's points: the signal-to-noise ratio behind its
// equalizer. 1.5 s of zeros without an error (TCF) cannot show an error rate that spoils a page; this can. Owned by a
// FastReceiver; RT safe.
#pragma once

#include <cmath>
#include <optional>

#include "src/modem/spandsp.hpp"

namespace modem {

class SymbolNoise {
 public:
  void symbol(const complexf_t& received, const complexf_t& target) noexcept {
    const float re = received.re - target.re;
    const float im = received.im - target.im;
    now_.noise += re * re + im * im;
    now_.signal += target.re * target.re + target.im * target.im;
    if (++symbols_ < symbols_a_window) return;
    symbols_ = 0;
    if (++windows_ > 2) {  // in the first the equalizer still settles
      sum_.noise += last_.noise;
      sum_.signal += last_.signal;
    }
    last_ = now_;
    now_ = {};
  }
  // None: too few symbols.
  [[nodiscard]] std::optional<float> snr_db() const noexcept {
    if (windows_ < least_windows || sum_.noise <= 0 || sum_.signal <= 0) return std::nullopt;
    return 10 * std::log10(sum_.signal / sum_.noise);
  }

 private:
  // Of 107 ms at 2400 baud. The last and the one begun are not counted: there the carrier may have gone already.
  static constexpr unsigned symbols_a_window = 256;
  static constexpr unsigned least_windows = 5;
  struct Power {
    float noise = 0, signal = 0;
  };
  Power now_, last_, sum_;
  unsigned symbols_ = 0, windows_ = 0;
};

}  // namespace modem
