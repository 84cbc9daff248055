// SPDX-License-Identifier: GPL-2.0-or-later
// An ISDN line: calls begin and end by words of its span's process (call_link.hpp), its sound is a bearer's.
// isdn_states.hpp is its life. Owned by one line process, which alone calls it; RT safe once made, but for what
// hw::Line says of itself.
//
// Between calls the line has no time: fd() is the link, nothing is read from the bearer, no CPU is used. In a call
// fd() is the bearer's, and the link is looked at every fifth block, 100 ms.
//
// A span process that dies takes no call with it: the line hears nothing of that but a later `how_are_you`, and
// answers which call it is in. Signalling that is down is a trouble between calls only.
#pragma once

#include <memory>

#include "hw/dahdi/alarms.hpp"
#include "hw/event_queue.hpp"
#include "hw/isdn/bearer.hpp"
#include "hw/isdn/call_link.hpp"
#include "hw/isdn/isdn_states.hpp"
#include "src/base/unique_fd.hpp"

namespace hw::isdn {

class IsdnLine final : public Line {
 public:
  IsdnLine(std::unique_ptr<Bearer> bearer, base::UniqueFd link);

  [[nodiscard]] int fd() const noexcept override { return is_in_call(state_) ? bearer_->fd() : link_.get(); }
  [[nodiscard]] int poll_timeout_ms() const noexcept override;
  LineEvent next_event() noexcept override;
  bool read(Block& heard) noexcept override;
  void write(const Block& said) noexcept override;
  void answer() noexcept override;
  void hang_up() noexcept override;
  void accept_calls(bool may_come) noexcept override;
  void lacks_room(bool lacks) noexcept override;
  [[nodiscard]] bool can_refuse() const noexcept override { return true; }
  [[nodiscard]] const CallIdentity& identity() const noexcept override { return identity_; }
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return bearer_->runs_in_real_time(); }
  [[nodiscard]] std::uint64_t guard_samples() const noexcept override { return 0; }
  [[nodiscard]] LineFaults faults() noexcept override { return bearer_->faults(); }
  [[nodiscard]] std::string_view remark() noexcept override { return bearer_->remark(); }

 private:
  void hear_span_process() noexcept;
  void take_word(const ToLine& word) noexcept;
  void take_offer(const ToLine& offer) noexcept;
  void hear_bearer() noexcept;
  void count_rings() noexcept;
  void trigger(IsdnTrigger trigger) noexcept;
  void act(IsdnAction action) noexcept;
  void begin_to_ring() noexcept;
  void end_call() noexcept;
  void tell(LineWord word, Cause cause = 0) noexcept;
  [[nodiscard]] Welcome welcome() const noexcept;

  std::unique_ptr<Bearer> bearer_;
  base::UniqueFd link_;
  IsdnState state_ = IsdnState::idle;
  CallIdentity identity_;
  Law law_ = Law::unknown;
  EventQueue events_;
  dahdi::Alarms sound_trouble_, signalling_trouble_;
  std::uint64_t call_ = 0;  // as the span process numbers it
  std::uint64_t refused_call_ = 0;
  std::uint32_t blocks_of_call_ = 0;
  bool may_come_ = false, lacks_room_ = false;
  Cause cause_ = cause::normal;  // of the hang-up to come
};

}  // namespace hw::isdn
