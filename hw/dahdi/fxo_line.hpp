// SPDX-License-Identifier: GPL-2.0-or-later
// An FXO port of a card as a telephone line: what dahdi_line.hpp opens. fxo_states.hpp is its life; this is what is
// done on the way, and the sound. Owned by one line process, which alone calls it; RT safe once made, but for what
// hw::Line says of itself.
#pragma once

#include <memory>
#include <utility>

#include "hw/dahdi/alarms.hpp"
#include "hw/dahdi/caller_memory.hpp"
#include "hw/dahdi/channel.hpp"
#include "hw/dahdi/fxo_states.hpp"
#include "hw/dahdi/hangup_signs.hpp"
#include "hw/dahdi/lost_samples.hpp"
#include "hw/dahdi/ring_burst.hpp"
#include "hw/event_queue.hpp"

namespace hw::dahdi {

// For 2 s after a hang-up the driver tells of no ring (RING_DEBOUNCE_TIME).
inline constexpr std::uint64_t guard_after_call = 2 * samples_per_second;

class FxoLine final : public Line {
 public:
  FxoLine(std::unique_ptr<Channel> channel, const LineOptions& options)
      : channel_(std::move(channel)), signs_(options), in_japan_(options.caller_id_in_japan) {
    look_at_alarms();
  }

  [[nodiscard]] int fd() const noexcept override { return channel_->fd(); }
  [[nodiscard]] int poll_timeout_ms() const noexcept override {
    return events_.empty() && alarms_.nothing_to_tell() ? -1 : 0;
  }
  LineEvent next_event() noexcept override;
  bool read(Block& heard) noexcept override;
  void write(const Block& said) noexcept override;
  void answer() noexcept override;
  void hang_up() noexcept override;
  void accept_calls(bool) noexcept override {}  // an analog line cannot say busy
  [[nodiscard]] const CallIdentity& identity() const noexcept override { return caller_.identity(); }
  [[nodiscard]] bool identity_is_complete() const noexcept override;
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return true; }
  [[nodiscard]] std::uint64_t guard_samples() const noexcept override {
    return alarms_.now() ? 0 : guard_after_call;
  }
  [[nodiscard]] std::uint32_t ring_ms() const noexcept override { return burst_.ms(); }
  [[nodiscard]] LineFaults faults() noexcept override { return lost_.faults(); }
  [[nodiscard]] std::string_view remark() noexcept override { return lost_.remark(); }

 private:
  void drain_events() noexcept;
  void take_event(int event) noexcept;
  void bell_begins() noexcept;
  void bell_ends() noexcept;
  void block_heard(const Block& heard) noexcept;
  void look_at_battery() noexcept;
  void look_at_the_clock() noexcept;
  void look_at_alarms() noexcept;
  void say(const Block& said) noexcept;
  void say_ahead() noexcept;
  void failed(int error) noexcept;

  void trigger(FxoTrigger trigger) noexcept;
  void act(FxoAction action) noexcept;
  void go_off_hook() noexcept;
  void go_on_hook() noexcept;
  void take_line() noexcept;
  void put_down() noexcept;
  void close_card() noexcept;

  std::unique_ptr<Channel> channel_;
  HangupSigns signs_;
  CallerMemory caller_;
  RingBurst burst_;
  LostSamples lost_;
  Alarms alarms_;
  EventQueue events_;
  FxoState state_ = FxoState::on_hook;
  bool in_japan_;
  bool pause_over_ = false;  // the first one between two rings
  std::uint64_t now_ = 0, state_since_ = 0, rang_at_ = 0, message_asked_at_ = 0;  // the line's time
  std::uint32_t blocks_unanswered_ = 0;   // read, and not yet written for
  std::uint32_t blocks_to_catch_up_ = 0;  // to write, until as much is said ahead as it should be
};

}  // namespace hw::dahdi
