// SPDX-License-Identifier: GPL-2.0-or-later
// A line on which one recorded caller calls, rings once, and plays what it has to say whatever it hears, as
// fast as it is asked. It neither allocates nor makes a system call after its making but for its event fd,
// which is always readable. For tests of the audio loop; one thread.
#pragma once

#include <sys/eventfd.h>

#include <functional>
#include <utility>
#include <vector>

#include "hw/line.hpp"
#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"

namespace rt {

class RecordedLine final : public hw::Line {
 public:
  // `caller`: from the answer on.
  RecordedLine(const std::vector<hw::Block>& caller, const hw::CallIdentity& identity)
      : caller_(caller), identity_(identity), ready_(::eventfd(1, EFD_CLOEXEC)) {
    if (!ready_) throw base::system_failure("cannot make an event fd");
  }
  [[nodiscard]] int fd() const noexcept override { return ready_.get(); }
  hw::LineEvent next_event() noexcept override;
  bool read(hw::Block& heard) noexcept override;
  void write(const hw::Block&) noexcept override {}
  void answer() noexcept override { answered_ = true; }
  void hang_up() noexcept override { over_ = true; }
  void accept_calls(bool may_come) noexcept override { may_come_ = may_come; }
  [[nodiscard]] const hw::CallIdentity& identity() const noexcept override { return identity_; }
  // As the exchange: it waits for a page's verdict.
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return false; }
  [[nodiscard]] std::uint64_t guard_samples() const noexcept override { return 0; }

 private:
  const std::vector<hw::Block>& caller_;
  hw::CallIdentity identity_;
  base::UniqueFd ready_;
  std::size_t played_ = 0;
  unsigned ringing_ = 0;  // 0: not yet; 1: it rings; 2: one ring is over
  bool may_come_ = false, answered_ = false, over_ = false, gone_told_ = false, end_told_ = false;
};

inline hw::LineEvent RecordedLine::next_event() noexcept {
  if (ringing_ < 2 && may_come_)
    return ++ringing_ == 1 ? hw::LineEvent::ring_begins : hw::LineEvent::ring_ends;
  if (answered_ && !over_ && played_ == caller_.size() && !std::exchange(gone_told_, true))
    return hw::LineEvent::caller_gone;
  if (over_ && !std::exchange(end_told_, true)) return hw::LineEvent::no_more_calls;
  return hw::LineEvent::none;
}

inline bool RecordedLine::read(hw::Block& heard) noexcept {
  if (!answered_ || over_ || played_ == caller_.size()) return false;
  heard = caller_[played_++];
  return true;
}

}  // namespace rt
