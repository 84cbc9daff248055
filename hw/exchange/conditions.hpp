// SPDX-License-Identifier: GPL-2.0-or-later
// The line between a caller and us as the caller wished it: level, noise, delay, echo, clock skew, hits, a
// lost block (dahdi-faxrx-exchange(5), LINE CONDITIONS). Owned by an exchange line, which passes each block
// through in both directions: towards_line() first, then towards_caller(), once a block. All memory is in the
// object; RT safe. Where nothing is wished, samples pass bit for bit.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>

#include "hw/exchange/protocol.hpp"
#include "hw/exchange/variable_delay.hpp"
#include "hw/line.hpp"

namespace hw::exchange {

// std::mt19937 in half the memory: its words have 32 bits in use, and 64 in libstdc++.
using Random = std::mersenne_twister_engine<std::uint32_t, 32, 624, 397, 31, 0x9908b0df, 11, 0xffffffff, 7,
                                            0x9d2c5680, 15, 0xefc60000, 18, 1812433253>;

// White noise of a given power, from a seed.
class Noise {
 public:
  void begin(double dbm0, std::uint32_t seed) noexcept;
  float next() noexcept { return normal_(random_) * rms_; }

 private:
  Random random_;
  std::normal_distribution<float> normal_;
  float rms_ = 0;
};

// Hits of 1 ms at random moments.
class Impulses {
 public:
  void begin(double per_minute, std::uint32_t seed) noexcept;
  float next() noexcept;

 private:
  Random random_;
  std::exponential_distribution<double> pause_samples_;
  std::uniform_real_distribution<float> height_{8000, 24000};
  double until_hit_ = 0;
  float sample_of_hit_ = 0;
  unsigned left_of_hit_ = 0;
};

class LineConditions {
 public:
  // A new call, and its wishes, already found to be within the limits.
  void begin(const Conditions& wishes) noexcept;
  // From the next block on, blocks are counted for `lost_block`.
  void answered() noexcept { answered_ = true; }

  void towards_line(Block& heard) noexcept;
  void towards_caller(Block& said) noexcept;

 private:
  static constexpr std::size_t echo_size = 16384;  // a second, and the block in hand, to a power of two

  [[nodiscard]] float echo_at(std::uint64_t now) const noexcept;

  Conditions wishes_{};
  bool perfect_ = true;  // nothing is wished for: every block passes as it is
  float gain_ = 1;
  float echo_gain_ = 0;
  std::uint64_t echo_delay_ = 0;
  Noise noise_;
  Impulses impulses_;
  std::uint64_t heard_ = 0, said_ = 0;
  bool answered_ = false;
  std::uint32_t blocks_since_answer_ = 0;
  VariableDelay to_line_, to_caller_;
  std::array<std::int16_t, echo_size> said_samples_;  // untouched on a line without echo
};

}  // namespace hw::exchange
