// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/procedure.hpp"

namespace t30 {

void Procedure::start(const Settings& settings) noexcept {
  static_cast<CallState&>(*this) = CallState{};
  settings_ = settings;
  block_.clear();
  line_.begin();
  state_ = State::silence_before_ced;
}

void Procedure::on(Event event) noexcept {
  const Row* row = find_row(state_, event);
  if (row == nullptr) return;
  if (event == Event::timer || event == Event::out_of_time)
    trace(TraceKind::timer, static_cast<std::int32_t>(state_));
  const bool finished_before = outcome_ != Outcome::none;
  const Outcome outcome = outcome_of(event);
  enter(row->to);
  if (!finished_before && (row->to == State::disconnecting || row->to == State::over)) outcome_ = outcome;
  act(row->action);
}

void Procedure::enter(State state) noexcept {
  if (state != state_) trace(TraceKind::state, static_cast<std::int32_t>(state));
  state_ = state;
  state_since_ = now_;
}

// What the call will have been, if this is its end. Asked before the state changes.
Outcome Procedure::outcome_of(Event event) const noexcept {
  if (end_confirmed_) return Outcome::completed;
  switch (event) {
    case Event::dcs_impossible:
    case Event::polled:
      return Outcome::incompatible;
    case Event::dcs_too_slow:
      return Outcome::slower_than_allowed;
    case Event::dcs_wrong_password:
      return Outcome::wrong_password;
    case Event::not_stored:
      return verdict_ == Verdict::empty ? Outcome::failed : Outcome::not_stored;
    case Event::dcn:
      return spoken_ ? Outcome::caller_hung_up : Outcome::no_fax;
    case Event::out_of_time:
      if (awaits_verdict()) return Outcome::not_stored;
      break;
    default:
      break;
  }
  return spoken_ ? Outcome::failed : Outcome::no_fax;
}

void Procedure::act(Action action) noexcept {
  switch (action) {
    case Action::none:
      break;
    case Action::begin_ced:
      trace(TraceKind::ced_begins);
      air_.say_ced(true);
      break;
    case Action::end_ced:
      air_.say_ced(false);
      break;
    case Action::say_dis:
      answer(Answer::dis);
      break;
    case Action::say_dis_again:
      // Whoever asks for the same impossible thing three times cannot ask for anything else.
      if (++impossible_ > 3) return leave(Outcome::incompatible);
      answer(Answer::dis);
      break;
    case Action::listen_for_training:
      stop_fast();
      fast_since_ = now_;
      training_failed_ = false;
      sound_ = 0;
      break;
    case Action::answer_training:
      answer(Answer::cfr);
      break;
    case Action::refuse_training:
      answer(Answer::ftt);
      break;
    case Action::begin_image:
      long_training_ = false;
      break;
    case Action::end_page:
      close_page(true);
      break;
    case Action::end_block:
      answer(Answer::mcf);
      break;
    case Action::ask_for_frames:
      answer(Answer::ppr);
      break;
    case Action::give_up_block:
      answer(Answer::err);
      break;
    case Action::change_rate:
      answer(Answer::ctr);
      break;
    case Action::answer_page:
      answer_page();
      break;
    case Action::say_again:
      answer(answer_ == Answer::none ? Answer::dis : answer_);
      break;
    case Action::note_repeat:
      asked_again_ = !saying_;
      asked_again_at_ = now_;
      break;
    case Action::say_not_ready:
      if (not_ready_since_ == 0) not_ready_since_ = now_;
      answer(Answer::rnr);
      break;
    case Action::cut_and_leave:
      cut_page();
      answer(Answer::dcn);
      break;
    case Action::refuse_page:
    case Action::leave:
      answer(Answer::dcn);
      break;
    case Action::finish:
      finish();
      break;
  }
}

void Procedure::leave(Outcome outcome) noexcept {
  if (outcome_ == Outcome::none) outcome_ = outcome;
  enter(State::disconnecting);
  answer(Answer::dcn);
}

void Procedure::finish() noexcept {
  cut_page();
  stop_fast();
  air_.say_ced(false);
  air_.say_nothing();
  saying_ = false;
}

void Procedure::line_dropped() noexcept {
  if (state_ == State::over) return;
  const Outcome outcome = end_confirmed_ ? Outcome::completed
                          : spoken_      ? Outcome::caller_hung_up
                                         : Outcome::no_fax;
  if (outcome_ == Outcome::none) outcome_ = outcome;
  enter(State::over);
  finish();
}

void Procedure::said() noexcept {
  if (!saying_) return;
  saying_ = false;
  if (state_ == State::disconnecting) return on(Event::said);
  if (state_ != State::answering) return;
  const State next = state_after_answer();
  if (next == State::awaiting_end) end_confirmed_ = true;
  if (next == State::awaiting_command) phase_b_since_ = answer_ == Answer::dis ? phase_b_since_ : now_;
  enter(next);
  if (next == State::awaiting_image) listen_fast(true);
}

void Procedure::verdict(Verdict verdict) noexcept {
  if (verdicts_ == pages_closed_) return;
  ++verdicts_;
  trace(TraceKind::verdict, static_cast<std::int32_t>(verdict),
        static_cast<std::int32_t>(now_ - state_since_) * 20);
  if (awaits_verdict()) return;  // it was of a page that nobody asks for any more
  progress_ = now_;
  verdict_ = stream_.lost_octets() ? Verdict::not_stored : verdict;
  const Event event =
      *verdict_ == Verdict::not_stored || *verdict_ == Verdict::empty ? Event::not_stored : Event::stored;
  const bool rnr_not_yet_said = state_ == State::answering && answer_ == Answer::rnr && !saying_;
  if (rnr_not_yet_said) enter(State::awaiting_verdict);
  if (state_ == State::awaiting_verdict) on(event);
}

void Procedure::block(float level_dbm0) noexcept {
  ++now_;
  const bool nobody_speaks =
      !saying_ && (state_ == State::silence_before_ced || (state_ == State::awaiting_command && !v21_up_));
  line_.block(level_dbm0, nobody_speaks);
  if (line_.has_sound() && !saying_) ++sound_;
  stream_.pump();
  if (state_ == State::over) return;
  look_at_fast_modem();
  look_at_answer();
  look_at_timers();
}

}  // namespace t30
