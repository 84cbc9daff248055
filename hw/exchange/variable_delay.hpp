// SPDX-License-Identifier: GPL-2.0-or-later
// Delays sound by any time from 2 ms to 1 s, fractions of a sample included, and lets that delay drift, which
// is what two clocks of different speed do to each other. A block goes in, a block comes out. Owned by a
// LineConditions; all memory is in the object; RT safe.
//
// Between the samples it reads by windowed sinc (32 taps, Kaiser; T. I. Laakso et al., "Splitting the Unit
// Delay", 1996), good beyond the telephone band.
#pragma once

#include <array>
#include <cstdint>

#include "hw/line.hpp"

namespace hw::exchange {

// The filter looks so far ahead: less delay than that cannot be.
inline constexpr double least_delay_samples = 16;
inline constexpr double most_delay_samples = samples_per_second;

class VariableDelay {
 public:
  VariableDelay() noexcept {}  // not "= default", which would clear the history wherever one is made as `{}`

  // `faster`: how much faster than the receiver's the sender's clock is, 1e-4 = 100 ppm; the delay shrinks by
  // so many samples a sample. For 15 minutes of call the drift is taken up by delay kept in reserve (of 1 s
  // at most); after that, a block is heard twice or left out each time a block's length has been gained or
  // lost.
  void begin(double delay_samples, double faster) noexcept;
  void pass(Block& block) noexcept;

 private:
  static constexpr std::size_t taps = 32;
  static constexpr std::size_t phases = 256;
  // Both limits, a block and the filter, to a power of two.
  static constexpr std::size_t history_size = 32768;
  using Kernels = std::array<std::array<float, taps>, phases + 1>;

  static Kernels design() noexcept;
  [[nodiscard]] std::int16_t sample_at(std::uint64_t now) const noexcept;

  // Designed when the program starts: the processes of all lines share the one copy.
  static const Kernels kernels;

  std::uint64_t heard_ = 0;
  double delay_ = 0;  // at this moment; 0 = pass everything as it is
  double least_ = 0, most_ = 0;
  double faster_ = 0;
  std::array<std::int16_t, history_size> history_;  // untouched on a line without delay
};

}  // namespace hw::exchange
