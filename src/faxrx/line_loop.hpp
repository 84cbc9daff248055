// SPDX-License-Identifier: GPL-2.0-or-later
// The loop of a line process: 20 ms in, 20 ms out, and the life of the line by the table of line_states.hpp.
// It waits only for its line, and between blocks hears its page process and the supervisor without waiting.
// Once it is made, everything here is RT safe, but for what hw::Line says of itself.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "hw/line.hpp"
#include "src/faxrx/cng_watch.hpp"
#include "src/faxrx/line.hpp"
#include "src/faxrx/line_states.hpp"
#include "src/faxrx/line_status.hpp"
#include "src/faxrx/ring_sink.hpp"
#include "src/t30/receiver.hpp"

namespace faxrx {

class LineLoop {
 public:
  LineLoop(const ServedLine& served, std::unique_ptr<hw::Line> line, LineLinks links)
      : served_(served),
        line_(std::move(line)),
        links_(std::move(links)),
        sink_(*links_.ring),
        receiver_(sink_),
        receiver_settings_(receiver_settings(served.settings)),
        cng_(served.settings.answer.mode == AnswerMode::take_over ? 2 : 1) {
    line_->accept_calls(false);  // not before the page process has looked at the disk
  }

  int run();

 private:
  void wait() noexcept;
  [[nodiscard]] bool hears_only_the_line() noexcept;
  [[nodiscard]] int wait_ms() const noexcept;
  [[nodiscard]] bool time_stands_still() noexcept;
  [[nodiscard]] bool waits_for_page_process() const noexcept;
  void hear_page_process() noexcept;
  void take_message(const PageMessage& message) noexcept;
  void may_answer(bool may) noexcept;
  void hear_supervisor() noexcept;
  void take_word(ControlWord word) noexcept;
  void hear_line() noexcept;
  void take_event(hw::LineEvent event) noexcept;
  void one_block() noexcept;
  void block_of_a_call(const hw::Block& heard, hw::Block& said) noexcept;
  void look_for_cng(const hw::Block& heard) noexcept;
  void answer_if_rung_enough() noexcept;
  void look_at_the_clock() noexcept;
  void trigger(Trigger trigger) noexcept;
  void act(Action action) noexcept;
  void note_ringing() noexcept;
  void answer() noexcept;
  void take_the_line() noexcept;
  void begin_to_receive() noexcept;
  void end_call(CallOutcome outcome) noexcept;
  void close_call() noexcept;
  void note_not_answered() noexcept;
  void show_status() noexcept;
  void block_calls(bool on) noexcept;
  void wake_page_process() noexcept;
  void update_accepting() noexcept;
  [[nodiscard]] bool has_the_line() const noexcept;
  [[nodiscard]] bool line_is_dead() const noexcept;
  [[nodiscard]] hw::CallIdentity identity() const noexcept;
  [[nodiscard]] CallOutcome outcome_of_receiver() const noexcept;
  [[nodiscard]] base::ShortText<20> station_id() const noexcept;
  [[nodiscard]] bool page_process_is_there() const noexcept { return static_cast<bool>(links_.page); }

  const ServedLine& served_;
  std::unique_ptr<hw::Line> line_;
  LineLinks links_;
  RingSink sink_;
  t30::Receiver receiver_;
  t30::Settings receiver_settings_;
  CngWatch cng_;
  LineState state_ = LineState::ready;
  Trigger last_trigger_ = Trigger::stop;
  std::uint64_t call_samples_ = 0, state_since_ = 0;  // the line's time
  std::uint64_t answered_at_ = 0;
  std::chrono::steady_clock::time_point state_since_wall_, last_block_wall_;
  std::optional<std::chrono::steady_clock::time_point> waiting_since_;  // for the page process
  unsigned rings_ = 0;
  unsigned blocks_since_a_look_ = 0;
  std::uint64_t calls_ = 0, pages_before_ = 0;
  bool waits_ = false;       // for the page process: the line's time stands still
  bool may_answer_ = false;  // the page process's word: there is room, nothing is left over
  bool draining_ = false, stopping_ = false, no_more_calls_ = false, accepting_ = false, begun_ = false,
       told_open_ = false, blocked_ = false, trouble_ = false, refused_ = false, receives_ = false;
  CallOutcome outcome_ = CallOutcome::completed;
};

}  // namespace faxrx
