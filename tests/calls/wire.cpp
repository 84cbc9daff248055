// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/wire.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace calls {

void Wire::say(std::span<const std::int16_t> samples) {
  unsent_.insert(unsent_.end(), samples.begin(), samples.end());
  std::size_t sent = 0;
  for (; unsent_.size() - sent >= block_samples; sent += block_samples)
    pass(std::span(unsent_).subspan(sent, block_samples));
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
}

void Wire::wait(unsigned blocks) {
  const std::size_t rest = unsent_.empty() ? 0 : block_samples - unsent_.size();
  say(Samples(rest + blocks * block_samples));
}

void Wire::set_echo(unsigned ms, double db) noexcept {
  echo_delay_ = samples_of_ms(ms);
  echo_gain_ = std::pow(10, db / 20);
}

void Wire::add_background(Samples sound, unsigned after_ms) {
  background_.push_back({now_ + unsent_.size() + samples_of_ms(after_ms), std::move(sound)});
}

void Wire::hang_up() {
  if (!hung_up_ && !called_hung_up_) called_.caller_hung_up();
  hung_up_ = true;
}

void Wire::add_line_to(std::span<std::int16_t> block) const {
  if (echo_delay_ != 0 && now_ >= echo_delay_) {
    Samples echo(block.size());
    for (std::size_t i = 0; i < echo.size() && now_ - echo_delay_ + i < said_by_called_.size(); ++i)
      echo[i] = static_cast<std::int16_t>(std::lround(echo_gain_ * said_by_called_[now_ - echo_delay_ + i]));
    mix(block, echo);
  }
  for (const Background& other : background_) {
    const std::size_t from = std::max(now_, other.begin);
    if (from >= now_ + block.size() || from >= other.begin + other.sound.size()) continue;
    mix(block.subspan(from - now_), std::span(other.sound).subspan(from - other.begin));
  }
}

void Wire::pass(std::span<std::int16_t> block) {
  std::array<std::int16_t, block_samples> said{};
  add_line_to(block);
  if (!called_hung_up_ && !hung_up_) {
    called_.block(block, said);
    called_hung_up_ = called_.has_hung_up();
  }
  said_by_called_.insert(said_by_called_.end(), said.begin(), said.end());
  now_ += block.size();
  ear_.hear(said);
}

}  // namespace calls
