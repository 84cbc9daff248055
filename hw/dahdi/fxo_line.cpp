// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/fxo_line.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hw::dahdi {
namespace {

// Said ahead, so that a loop which is late by that much is not heard: 100 ms, as much delay as a fax is used to.
constexpr std::uint32_t blocks_said_ahead = 5;
// The longest pause between rings is 6 s.
constexpr std::uint64_t ring_limit = 10 * samples_per_second;
// A message between the rings comes in the first pause and ends before 3.5 s of it (GR-30-CORE, 2.1); the bursts of
// one distinctive ring are less apart than any pause.
constexpr std::uint64_t message_in_pause = samples_per_second * 7 / 2;
constexpr std::uint64_t shortest_pause = samples_per_second * 3 / 2;
// An extension's bell may never pause for so long: a cycle of any public exchange is 6 s, so it is over then, too.
constexpr std::uint64_t longest_wait_for_message = 8 * samples_per_second;
// Who takes over a call that another telephone on the line has answered, does so within this time of the bell; later
// nobody knows whose call it is.
constexpr std::uint64_t taken_over_within = 60 * samples_per_second;
// The driver keeps 64 events; one that has always more is broken.
constexpr int events_at_once = 4 * DAHDI_MAX_EVENTSIZE;
// An event may come between the last one fetched and the next try; not each time.
constexpr int tries = 8;

// NTT's caller ID: ringing of 0.5 s and 0.5 s asks us to go off-hook, the message comes within 6 s, we hang up, and
// then it rings as ever, with bursts of 1 s.
constexpr std::uint32_t longest_signal_ms = 750;
constexpr std::uint64_t message_limit = 7 * samples_per_second;
constexpr std::uint64_t signal_again = 15 * samples_per_second;

}  // namespace

LineEvent FxoLine::next_event() noexcept {
  if (events_.empty()) drain_events();
  if (alarms_.now()) look_at_alarms();
  const LineEvent alarm = alarms_.next();
  return alarm != LineEvent::none ? alarm : events_.take();
}

void FxoLine::drain_events() noexcept {
  if (state_ == FxoState::gone) return;
  for (int i = 0; i < events_at_once; ++i) {
    int event = DAHDI_EVENT_NONE;
    if (const int result = channel_->get_event(event); result < 0) return failed(-result);
    if (event == DAHDI_EVENT_NONE) {
      // The driver forgets those that find its 64 places taken: the end of an alarm may be among them.
      if (i >= DAHDI_MAX_EVENTSIZE - 2) look_at_alarms();
      return;
    }
    take_event(event);
    if (state_ == FxoState::gone) return;
  }
  trigger(FxoTrigger::card_gone);
}

void FxoLine::take_event(int event) noexcept {
  switch (event) {
    case DAHDI_EVENT_RINGBEGIN:
      return bell_begins();
    case DAHDI_EVENT_RINGOFFHOOK:
      return bell_ends();
    case DAHDI_EVENT_ALARM:
      return alarms_.raise();
    case DAHDI_EVENT_NOALARM:
      return alarms_.clear();
    case DAHDI_EVENT_REMOVED:
      return trigger(FxoTrigger::card_gone);
    case DAHDI_EVENT_READ_OVERRUN:
      if (is_in_call(state_)) lost_.read_overrun();
      return;
    case DAHDI_EVENT_WRITE_UNDERRUN:
      if (!is_in_call(state_)) return;  // on-hook nothing is written
      lost_.write_underrun();
      blocks_to_catch_up_ = blocks_said_ahead;
      return;
    default:
      if (signs_.tell(event, now_)) trigger(FxoTrigger::caller_gone);
  }
}

void FxoLine::bell_begins() noexcept {
  if (is_on_hook(state_)) {
    pause_over_ = state_ == FxoState::ringing && (pause_over_ || now_ - rang_at_ >= shortest_pause);
    burst_.begins(now_);
    rang_at_ = now_;
  }
  trigger(FxoTrigger::burst_begins);
  if (!in_japan_) trigger(FxoTrigger::burst_is_a_ring);
}

void FxoLine::bell_ends() noexcept {
  if (state_ != FxoState::signalled && state_ != FxoState::ringing) return;
  rang_at_ = now_;
  burst_.ends(now_);
  if (state_ == FxoState::signalled) {
    // One whose length is not sure is left alone: off-hook in a ring would answer the call.
    const bool asked_just_now = message_asked_at_ != 0 && now_ - message_asked_at_ < signal_again;
    const bool asks = !asked_just_now && burst_.ms() >= shortest_ring_ms;
    return trigger(asks ? FxoTrigger::short_burst : FxoTrigger::no_signal);
  }
  trigger(FxoTrigger::ring_ends);
}

// In Japan it has come before the ring, or does not come.
bool FxoLine::identity_is_complete() const noexcept {
  if (state_ != FxoState::ringing || in_japan_) return true;
  return caller_.is_known() || pause_over_ || now_ - rang_at_ >= message_in_pause ||
         now_ - state_since_ >= longest_wait_for_message;
}

bool FxoLine::read(Block& heard) noexcept {
  for (int i = 0; i < tries && state_ != FxoState::gone; ++i) {
    const int bytes = channel_->read(heard);
    if (bytes == -ELAST) {
      drain_events();
      continue;
    }
    if (bytes > 0) {
      const auto samples = std::min(static_cast<std::size_t>(bytes) / sizeof heard[0], heard.size());
      std::fill(heard.begin() + static_cast<std::ptrdiff_t>(samples), heard.end(), 0);
      block_heard(heard);
      return state_ != FxoState::gone;
    }
    if (bytes == -EAGAIN) say_ahead();
    failed(bytes < 0 ? -bytes : EIO);
    return false;
  }
  failed(EIO);  // it says that events wait, and has none
  return false;
}

void FxoLine::block_heard(const Block& heard) noexcept {
  now_ += heard.size();
  if (is_in_call(state_)) {
    ++blocks_unanswered_;
    if (signs_.hear(heard)) trigger(FxoTrigger::caller_gone);
    if (signs_.must_ask(now_)) look_at_battery();
  } else if (caller_.hear(heard, now_)) {
    trigger(FxoTrigger::message_heard);
  }
  look_at_the_clock();
}

void FxoLine::look_at_battery() noexcept {
  dahdi_params params{};
  if (channel_->get_params(params) == 0 && signs_.ask(params)) trigger(FxoTrigger::caller_gone);
}

void FxoLine::look_at_the_clock() noexcept {
  if (state_ == FxoState::on_hook && now_ - state_since_ > taken_over_within) caller_.forget_identity();
  if (state_ == FxoState::signalled && burst_.rings_longer_than(longest_signal_ms, now_))
    trigger(FxoTrigger::burst_is_a_ring);
  const bool rings = state_ == FxoState::signalled || state_ == FxoState::ringing;
  if (rings && now_ - rang_at_ > ring_limit) trigger(FxoTrigger::too_late);
  if (state_ == FxoState::told && now_ - state_since_ > message_limit) trigger(FxoTrigger::too_late);
}

void FxoLine::look_at_alarms() noexcept {
  dahdi_params params{};
  if (state_ != FxoState::gone && channel_->get_params(params) == 0) alarms_.are(params.chan_alarms != 0);
}

void FxoLine::write(const Block& said) noexcept {
  if (!is_in_call(state_) || blocks_unanswered_ == 0) return;
  --blocks_unanswered_;
  if (blocks_to_catch_up_ > 0) --blocks_to_catch_up_;
  say(said);
}

void FxoLine::say(const Block& said) noexcept {
  for (int i = 0; i < tries && is_in_call(state_); ++i) {
    const int bytes = channel_->write(said);
    if (bytes >= 0) return;
    if (bytes == -EAGAIN) return lost_.write_underrun();  // 32 blocks wait already: this one is lost
    if (bytes != -ELAST) return failed(-bytes);
    drain_events();
  }
  if (is_in_call(state_)) failed(EIO);
}

// After an underrun, the blocks that lay unread refill what is said ahead, as one is written for each; what they do
// not is added once they have all been read.
void FxoLine::say_ahead() noexcept {
  if (!is_in_call(state_)) return;
  const Block silence{};
  for (std::uint32_t left = std::exchange(blocks_to_catch_up_, 0); left > 0; --left)
    say(silence);
}

void FxoLine::answer() noexcept {
  drain_events();  // what is told from here on is the call's
  trigger(FxoTrigger::answered);
}

void FxoLine::hang_up() noexcept {
  trigger(FxoTrigger::hung_up);
}

void FxoLine::failed(int error) noexcept {
  if (error != EAGAIN && error != EINTR && error != ELAST) trigger(FxoTrigger::card_gone);
}

void FxoLine::trigger(FxoTrigger trigger) noexcept {
  const FxoTransition* transition = find_transition(state_, trigger);
  if (transition == nullptr) return;
  if (transition->to != state_) state_since_ = now_;
  const bool first_ring = state_ != FxoState::ringing && transition->to == FxoState::ringing;
  state_ = transition->to;
  if (first_ring) caller_.first_ring(now_);
  act(transition->action);
}

void FxoLine::act(FxoAction action) noexcept {
  switch (action) {
    case FxoAction::none:
      return;
    case FxoAction::note_ring:
      return events_.put(LineEvent::ring_begins);
    case FxoAction::note_whole_ring:
      if (!burst_.was_a_pulse()) events_.put(LineEvent::ring_ends);
      return;
    case FxoAction::forget_caller:
      events_.clear();
      return caller_.forget();
    case FxoAction::listen_off_hook:
      message_asked_at_ = now_;
      return go_off_hook();
    case FxoAction::await_ring:
      return go_on_hook();
    case FxoAction::take_line:
      return take_line();
    case FxoAction::note_caller_gone:
      return events_.put(LineEvent::caller_gone);
    case FxoAction::put_down:
      return put_down();
    case FxoAction::close_card:
      return close_card();
  }
}

void FxoLine::go_off_hook() noexcept {
  const int result = channel_->set_hook(DAHDI_OFFHOOK);
  if (result < 0) trigger(FxoTrigger::card_gone);
}

// A line that does not go on-hook is closed: the driver then puts it on-hook, whatever else is wrong.
void FxoLine::go_on_hook() noexcept {
  if (channel_->set_hook(DAHDI_ONHOOK) < 0) return trigger(FxoTrigger::card_gone);
  channel_->flush(DAHDI_FLUSH_ALL);
  look_at_alarms();
  caller_.restart();
}

void FxoLine::take_line() noexcept {
  events_.clear();
  blocks_unanswered_ = 0;
  if (now_ - rang_at_ > taken_over_within) caller_.forget_identity();
  lost_.begin_call(*channel_);
  signs_.answered(now_);
  channel_->flush(DAHDI_FLUSH_BOTH);
  go_off_hook();
  blocks_to_catch_up_ = blocks_said_ahead;
  say_ahead();
}

void FxoLine::put_down() noexcept {
  events_.clear();
  lost_.end_call(*channel_);
  caller_.forget();
  go_on_hook();
}

void FxoLine::close_card() noexcept {
  channel_->close();
  events_.clear();
  alarms_.raise();
  events_.put(LineEvent::no_more_calls);
}

}  // namespace hw::dahdi
