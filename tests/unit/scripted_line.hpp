// SPDX-License-Identifier: GPL-2.0-or-later
// A line for tests of the line's loop: what happens on it is told by the block, its sound is a function, and it
// remembers what was done to it.
#pragma once

#include <sys/eventfd.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "hw/line.hpp"
#include "src/base/unique_fd.hpp"

struct Script {
  std::map<unsigned, std::vector<hw::LineEvent>> events;  // before the block of that number
  std::function<hw::Block(unsigned)> sound = [](unsigned) { return hw::Block{}; };
  unsigned blocks = 0;         // then no more calls come
  unsigned identity_from = 0;  // the block from which on the identity is there
  hw::CallIdentity identity;
  bool forgets_at_answer = false;  // whose call it was
  std::uint32_t ring_ms = 0;
};

// What became of it; outlives the line.
struct WhatWasDone {
  std::optional<unsigned> answered_at, hung_up_at;  // in blocks
  unsigned answers = 0;
};

class ScriptedLine final : public hw::Line {
 public:
  ScriptedLine(Script script, WhatWasDone& done)
      : script_(std::move(script)), done_(done), always_(::eventfd(1, EFD_CLOEXEC)) {}

  [[nodiscard]] int fd() const noexcept override { return always_.get(); }
  hw::LineEvent next_event() noexcept override {
    const auto due = script_.events.find(block_);
    if (due != script_.events.end() && told_ < due->second.size()) return due->second[told_++];
    return block_ >= script_.blocks && !std::exchange(ended_, true) ? hw::LineEvent::no_more_calls
                                                                    : hw::LineEvent::none;
  }
  bool read(hw::Block& heard) noexcept override {
    heard = script_.sound(block_++);
    told_ = 0;
    return true;
  }
  void write(const hw::Block&) noexcept override {}
  void answer() noexcept override {
    ++done_.answers;
    done_.answered_at = block_;
    if (script_.forgets_at_answer) script_.identity = {};
  }
  void hang_up() noexcept override { done_.hung_up_at = block_; }
  void accept_calls(bool) noexcept override {}
  [[nodiscard]] const hw::CallIdentity& identity() const noexcept override {
    static const hw::CallIdentity nobody;
    return identity_is_complete() ? script_.identity : nobody;
  }
  [[nodiscard]] bool identity_is_complete() const noexcept override {
    return block_ >= script_.identity_from;
  }
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return false; }
  [[nodiscard]] std::uint64_t guard_samples() const noexcept override { return 0; }
  [[nodiscard]] std::uint32_t ring_ms() const noexcept override { return script_.ring_ms; }

 private:
  Script script_;
  WhatWasDone& done_;
  base::UniqueFd always_;
  unsigned block_ = 0;
  std::size_t told_ = 0;
  bool ended_ = false;
};
