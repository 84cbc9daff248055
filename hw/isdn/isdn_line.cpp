// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/isdn/isdn_line.hpp"

#include <utility>

namespace hw::isdn {
namespace {

constexpr std::uint32_t blocks_ring_to_ring = 250;   // 5 s
constexpr std::uint32_t longest_ringing = 180 * 50;  // blocks: 3 min
constexpr std::uint32_t blocks_between_looks = 5;

}  // namespace

IsdnLine::IsdnLine(std::unique_ptr<Bearer> bearer, base::UniqueFd link)
    : bearer_(std::move(bearer)), link_(std::move(link)) {
  // What was said to the process before this one is nobody's.
  while (hear_span(link_.get())) {
  }
  tell(LineWord::here_i_am);
}

int IsdnLine::poll_timeout_ms() const noexcept {
  const bool something = !events_.empty() || !sound_trouble_.nothing_to_tell() ||
                         (!is_in_call(state_) && !signalling_trouble_.nothing_to_tell());
  if (something) return 0;
  return is_in_call(state_) ? bearer_->poll_timeout_ms() : -1;
}

LineEvent IsdnLine::next_event() noexcept {
  if (events_.empty()) {
    const bool in_sound = is_in_call(state_);
    if (!in_sound || blocks_of_call_ % blocks_between_looks == 0) hear_span_process();
    hear_bearer();
  }
  LineEvent alarm = sound_trouble_.next();
  if (alarm == LineEvent::none && !is_in_call(state_)) alarm = signalling_trouble_.next();
  return alarm != LineEvent::none ? alarm : events_.take();
}

void IsdnLine::hear_span_process() noexcept {
  while (const auto word = hear_span(link_.get()))
    take_word(*word);
}

void IsdnLine::take_word(const ToLine& word) noexcept {
  switch (word.word) {
    case SpanWord::how_are_you:
      return tell(LineWord::here_i_am);
    case SpanWord::rings:
      return take_offer(word);
    case SpanWord::caller_gone:
      if (word.call == call_) trigger(IsdnTrigger::caller_gone);
      return;
    case SpanWord::signalling:
      return signalling_trouble_.are(!word.up);
  }
}

// One that comes while another runs is of a span process that has lost count: it hears which one runs.
void IsdnLine::take_offer(const ToLine& offer) noexcept {
  if (state_ != IsdnState::idle) return tell(LineWord::here_i_am);
  if (welcome() != Welcome::yes || sound_trouble_.now()) {
    refused_call_ = offer.call;
    return trigger(IsdnTrigger::call_unwelcome);
  }
  call_ = offer.call;
  identity_ = offer.identity;
  law_ = offer.law;
  trigger(IsdnTrigger::call_offered);
}

void IsdnLine::hear_bearer() noexcept {
  for (LineEvent event = bearer_->next_event(); event != LineEvent::none; event = bearer_->next_event()) {
    if (event == LineEvent::line_trouble) sound_trouble_.raise();
    if (event == LineEvent::line_good) sound_trouble_.clear();
    if (event == LineEvent::caller_gone) trigger(IsdnTrigger::caller_gone);
    if (event == LineEvent::no_more_calls) trigger(IsdnTrigger::card_gone);
  }
}

bool IsdnLine::read(Block& heard) noexcept {
  if (!is_in_call(state_) || !bearer_->read(heard)) return false;
  ++blocks_of_call_;
  if (state_ == IsdnState::ringing) count_rings();
  return true;
}

void IsdnLine::count_rings() noexcept {
  if (blocks_of_call_ >= longest_ringing) return trigger(IsdnTrigger::too_late);
  if (blocks_of_call_ % blocks_ring_to_ring != 0) return;
  events_.put(LineEvent::ring_begins);
  events_.put(LineEvent::ring_ends);
}

void IsdnLine::write(const Block& said) noexcept {
  if (is_in_call(state_)) bearer_->write(said);
}

void IsdnLine::answer() noexcept {
  trigger(IsdnTrigger::answered);
}

void IsdnLine::hang_up() noexcept {
  trigger(IsdnTrigger::hung_up);
}

void IsdnLine::accept_calls(bool may_come) noexcept {
  may_come_ = may_come;
  tell(LineWord::here_i_am);
}

void IsdnLine::lacks_room(bool lacks) noexcept {
  lacks_room_ = lacks;
}

Welcome IsdnLine::welcome() const noexcept {
  if (state_ == IsdnState::gone) return Welcome::no;
  if (may_come_) return Welcome::yes;
  return lacks_room_ ? Welcome::no_room : Welcome::no;
}

void IsdnLine::trigger(IsdnTrigger trigger) noexcept {
  const IsdnTransition* transition = find_transition(state_, trigger);
  if (transition == nullptr) return;
  const bool was_ringing = state_ == IsdnState::ringing;
  state_ = transition->to;
  cause_ = was_ringing ? cause::rejected : cause::normal;
  if (was_ringing && welcome() == Welcome::no) cause_ = cause::temporary_failure;
  if (was_ringing && welcome() == Welcome::no_room) cause_ = cause::congestion;
  if (trigger == IsdnTrigger::too_late) cause_ = cause::no_answer;
  act(transition->action);
}

void IsdnLine::act(IsdnAction action) noexcept {
  switch (action) {
    case IsdnAction::none:
      return;
    case IsdnAction::ring:
      return begin_to_ring();
    case IsdnAction::refuse: {
      const Cause why = welcome() == Welcome::no_room ? cause::congestion : cause::temporary_failure;
      say(link_.get(), ToSpan{LineWord::hangs_up, why, welcome(), 0, refused_call_});
      return;
    }
    case IsdnAction::connect:
      bearer_->answer();
      return tell(LineWord::answers);
    case IsdnAction::note_caller_gone:
      if (cause_ == cause::no_answer) tell(LineWord::hangs_up, cause_);
      return events_.put(LineEvent::caller_gone);
    case IsdnAction::hang_up:
      tell(LineWord::hangs_up, cause_);
      return end_call();
    case IsdnAction::give_back_sound:
      return end_call();
    case IsdnAction::close_card:
      sound_trouble_.raise();
      events_.clear();
      events_.put(LineEvent::no_more_calls);
      return tell(LineWord::closed);
  }
}

void IsdnLine::begin_to_ring() noexcept {
  blocks_of_call_ = 0;
  events_.clear();
  bearer_->take(law_);
  tell(LineWord::alerts);
  events_.put(LineEvent::ring_begins);
  events_.put(LineEvent::ring_ends);
}

void IsdnLine::end_call() noexcept {
  bearer_->release();
  events_.clear();
  call_ = 0;
  tell(LineWord::here_i_am);
}

void IsdnLine::tell(LineWord word, Cause cause) noexcept {
  say(link_.get(), ToSpan{word, cause, welcome(), 0, call_});
}

}  // namespace hw::isdn
