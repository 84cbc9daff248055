// SPDX-License-Identifier: GPL-2.0-or-later
// The line between a scripted caller and the called side: carries blocks of 20 ms both ways, adds the echo of
// the called side's voice and what else is on the line, keeps the time in samples. Owned by a ScriptedCaller.
#pragma once

#include <vector>

#include "tests/calls/called_side.hpp"
#include "tests/calls/ear.hpp"
#include "tests/calls/sounds.hpp"

namespace calls {

class Wire {
 public:
  explicit Wire(CalledSide& called) : called_(called) {}

  // What the caller says goes over, whole blocks at once; a rest waits for what is said next.
  void say(std::span<const std::int16_t> samples);
  // Silence of that many blocks; a rest of speech goes first.
  void wait(unsigned blocks);
  void set_echo(unsigned ms, double db) noexcept;
  // Heard by the called side too, from then on.
  void add_background(Samples sound, unsigned after_ms);
  void hang_up();

  [[nodiscard]] const Ear& ear() const noexcept { return ear_; }
  [[nodiscard]] std::uint64_t now_ms() const noexcept { return now_ * 1000 / samples_per_s; }
  [[nodiscard]] bool called_hung_up() const noexcept { return called_hung_up_; }

 private:
  static constexpr std::size_t block_samples = 160;
  struct Background {
    std::size_t begin;
    Samples sound;
  };

  void pass(std::span<std::int16_t> block);
  void add_line_to(std::span<std::int16_t> block) const;

  CalledSide& called_;
  Ear ear_;
  std::size_t now_ = 0;
  Samples unsent_;
  Samples said_by_called_;  // since the call began, for the echo
  std::size_t echo_delay_ = 0;
  double echo_gain_ = 0;
  std::vector<Background> background_;
  bool called_hung_up_ = false, hung_up_ = false;
};

}  // namespace calls
