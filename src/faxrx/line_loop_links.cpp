// SPDX-License-Identifier: GPL-2.0-or-later
// What the line's loop hears from its page process and from the supervisor, and says to them.
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "src/faxrx/line_loop.hpp"

namespace faxrx {

void LineLoop::hear_page_process() noexcept {
  PageMessage message{};
  while (page_process_is_there()) {
    const ssize_t got = ::recv(links_.page.get(), &message, sizeof message, MSG_DONTWAIT);
    if (got < 0 && errno != ECONNRESET) return;
    if (got == sizeof message)
      take_message(message);
    else if (got <= 0)
      links_.page.reset();
  }
  if (state_ == LineState::receiving) {
    outcome_ = CallOutcome::broken;
    trigger(Trigger::line_trouble);
  }
}

void LineLoop::take_message(const PageMessage& message) noexcept {
  if (message.kind == MessageKind::may_answer) return may_answer(message.value != 0);
  // A verdict that comes late, for a page of the call before, confirms nothing in this one.
  if (message.page == sink_.pages_ended()) receiver_.verdict(static_cast<t30::Verdict>(message.value));
}

void LineLoop::may_answer(bool may) noexcept {
  may_answer_ = may;
  update_accepting();
  if (std::exchange(told_open_, true)) return;
  const ControlWord open = ControlWord::line_is_open;
  ::send(links_.control.get(), &open, sizeof open, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void LineLoop::hear_supervisor() noexcept {
  ControlWord word{};
  for (;;) {
    const ssize_t got = ::recv(links_.control.get(), &word, sizeof word, MSG_DONTWAIT);
    if (got < 0) return;
    if (got == 0) {  // the supervisor is gone: finish what runs, then end
      draining_ = true;
      return links_.control.reset();
    }
    take_word(word);
  }
}

void LineLoop::take_word(ControlWord word) noexcept {
  switch (word) {
    case ControlWord::stop:
      stopping_ = true;
      [[fallthrough]];
    case ControlWord::drain:
      draining_ = true;
      return;
    case ControlWord::block:
    case ControlWord::unblock:
      return block_calls(word == ControlWord::block);
    case ControlWord::hang_up:
      return trigger(Trigger::hang_up);
    case ControlWord::line_is_open:
    case ControlWord::cannot_open:
      return;  // ours
  }
}

void LineLoop::block_calls(bool on) noexcept {
  if (blocked_ == on) return;
  blocked_ = on;
  sink_.news(NewsKind::blocked, on ? 1 : 0);
  update_accepting();
  show_status();
}

void LineLoop::wake_page_process() noexcept {
  // A full socket means that the page process has enough wake-ups waiting.
  if (page_process_is_there() && sink_.reader_wants_waking())
    ::send(links_.page.get(), "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void LineLoop::update_accepting() noexcept {
  const bool may = may_answer_ && !draining_ && !blocked_ && page_process_is_there();
  if (may == accepting_) return;
  accepting_ = may;
  line_->lacks_room(told_open_ && !may_answer_);
  line_->accept_calls(may);
  show_status();
}

}  // namespace faxrx
