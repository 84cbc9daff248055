// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/line_loop.hpp"

#include <poll.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <utility>

namespace faxrx {
namespace {

using Clock = std::chrono::steady_clock;

// Rings come every 6 s at most, the world over.
constexpr std::uint64_t ring_gap_limit = 8 * hw::samples_per_second;
constexpr int ending_limit_ms = 10'000;
// On lines whose time can stop; a longer wait would look like a hang.
constexpr int verdict_limit_ms = 10'000;
constexpr int heartbeat_ms = 1000;
constexpr int pump_interval_ms = 5;
// A card that gives no sound for so long, and says nothing, is dead: the line must not stay off-hook.
constexpr std::chrono::seconds dead_line_limit{10};
// In a call nobody but the line is in a hurry: so often it looks at its page process and the supervisor, too.
constexpr unsigned blocks_between_looks = 25;

}  // namespace

int LineLoop::run() {
  for (;;) {
    links_.ring->header().loops.fetch_add(1, std::memory_order_relaxed);
    wait();
    if (stopping_ || ((draining_ || blocked_) && state_ == LineState::ringing)) trigger(Trigger::stop);
    if (!time_stands_still()) hear_line();
    look_at_the_clock();
    sink_.report_drops();
    wake_page_process();
    update_accepting();
    if (state_ != LineState::ready) continue;
    if (!page_process_is_there()) return EX_TEMPFAIL;  // the supervisor starts both again
    if (draining_) return EX_OK;
    if (no_more_calls_)
      return line_->runs_in_real_time() ? EX_UNAVAILABLE : EX_OK;  // a card is gone, and may come back
  }
}

int LineLoop::wait_ms() const noexcept {
  if (state_ == LineState::ending || waits_) return pump_interval_ms;
  const int of_line = line_->poll_timeout_ms();
  return of_line < 0 || of_line > heartbeat_ms ? heartbeat_ms : of_line;
}

bool LineLoop::hears_only_the_line() noexcept {
  if (state_ != LineState::receiving || waits_ || receiver_.awaits_verdict()) return false;
  if (++blocks_since_a_look_ % blocks_between_looks != 0) return true;
  show_status();
  return false;
}

void LineLoop::wait() noexcept {
  if (hears_only_the_line()) {
    pollfd line{line_->fd(), POLLIN, 0};
    ::poll(&line, 1, wait_ms());
    return;
  }
  pollfd fds[3] = {
      {links_.page.get(), POLLIN, 0}, {links_.control.get(), POLLIN, 0}, {line_->fd(), POLLIN, 0}};
  const bool without_line = waits_ || (no_more_calls_ && !has_the_line());
  ::poll(fds, without_line ? 2 : 3, wait_ms());
  if (fds[0].revents != 0) hear_page_process();
  if (fds[1].revents != 0) hear_supervisor();
}

// For a verdict, for room for page bytes, or for a recording's audio: in real time there is no waiting.
bool LineLoop::waits_for_page_process() const noexcept {
  if (line_->runs_in_real_time() || state_ != LineState::receiving || !page_process_is_there()) return false;
  return receiver_.awaits_verdict() || receiver_.has_unsent_bytes() ||
         (links_.audio_wanted && !sink_.room_for_audio());
}

// On a line without real time such a wait stops the line's time too, within a limit.
bool LineLoop::time_stands_still() noexcept {
  receiver_.pump();
  const bool waits = waits_for_page_process();
  if (!waits) waiting_since_.reset();
  if (waits && !waiting_since_) waiting_since_ = Clock::now();
  // Waited out, time goes on until that page's verdict has come all the same.
  waits_ = waits && Clock::now() - *waiting_since_ < std::chrono::milliseconds(verdict_limit_ms);
  return waits_;
}

void LineLoop::hear_line() noexcept {
  for (hw::LineEvent event = line_->next_event(); event != hw::LineEvent::none; event = line_->next_event())
    take_event(event);
  one_block();
}

void LineLoop::take_event(hw::LineEvent event) noexcept {
  switch (event) {
    case hw::LineEvent::ring_begins:
      return trigger(Trigger::ring_begins);
    case hw::LineEvent::ring_ends:
      ++rings_;
      return;
    case hw::LineEvent::caller_gone:
      outcome_ = receives_ ? CallOutcome::caller_hung_up : CallOutcome::no_fax;
      return trigger(Trigger::caller_gone);
    case hw::LineEvent::line_trouble:
      trouble_ = true;
      outcome_ = CallOutcome::line_trouble;
      sink_.news(NewsKind::line_trouble);
      trigger(Trigger::line_trouble);
      return show_status();
    case hw::LineEvent::line_good:
      trouble_ = false;
      sink_.news(NewsKind::line_good);
      return show_status();
    case hw::LineEvent::no_more_calls:
      no_more_calls_ = true;
      return;
    case hw::LineEvent::none:
      return;
  }
}

// Caller ID comes in the first pause: it is waited for, however few rings are wanted.
void LineLoop::answer_if_rung_enough() noexcept {
  const AnswerSettings& wanted = served_.settings.answer;
  if (state_ != LineState::ringing || rings_ < wanted.rings || !line_->identity_is_complete()) return;
  refused_ = wanted.refuses(line_->identity().caller_number.view());
  if (refused_ && line_->can_refuse()) return trigger(Trigger::refused);
  if (refused_ || !accepting_ || !sink_.room_for_a_call()) return;
  if (wanted.mode == AnswerMode::always) trigger(Trigger::rings_enough);
  if (wanted.mode == AnswerMode::listen) trigger(Trigger::rings_enough_to_listen);
}

// One write for each read: one clock.
void LineLoop::one_block() noexcept {
  answer_if_rung_enough();
  hw::Block heard;
  hw::Block said{};
  if (!line_->read(heard)) return;
  last_block_wall_ = Clock::now();
  call_samples_ += heard.size();
  sink_.now_samples = call_samples_;
  if (state_ == LineState::receiving) return block_of_a_call(heard, said);
  line_->write(said);
  look_for_cng(heard);
}

void LineLoop::block_of_a_call(const hw::Block& heard, hw::Block& said) noexcept {
  const std::uint64_t before = call_samples_ - heard.size() - answered_at_;
  receiver_.block(heard, said);
  line_->write(said);
  if (links_.audio_wanted) sink_.audio({before, heard, said});
  if (receiver_.outcome() == t30::Outcome::none) return;
  outcome_ = outcome_of_receiver();
  trigger(Trigger::receiver_done);
}

void LineLoop::look_for_cng(const hw::Block& heard) noexcept {
  const bool takes_over = served_.settings.answer.mode == AnswerMode::take_over && accepting_ &&
                          (state_ == LineState::ready || state_ == LineState::ringing);
  if (!takes_over && state_ != LineState::listening) return;
  if (!cng_.hear(heard) || !sink_.room_for_a_call()) return;
  // Who answered the other telephone may talk to whom he likes; we refuse our part.
  if (takes_over && served_.settings.answer.refuses(line_->identity().caller_number.view())) return;
  sink_.news(NewsKind::cng_heard);
  trigger(Trigger::cng_heard);
}

bool LineLoop::has_the_line() const noexcept {
  return state_ == LineState::listening || state_ == LineState::receiving;
}

bool LineLoop::line_is_dead() const noexcept {
  return line_->runs_in_real_time() &&
         Clock::now() - std::max(last_block_wall_, state_since_wall_) >= dead_line_limit;
}

void LineLoop::look_at_the_clock() noexcept {
  const std::uint64_t samples = call_samples_ - state_since_;
  const std::uint64_t longest_call = 60ULL * served_.settings.longest_call_min * hw::samples_per_second;
  switch (state_) {
    case LineState::ringing:
      if (samples >= ring_gap_limit || line_is_dead()) trigger(Trigger::too_late);
      break;
    case LineState::listening:
      outcome_ = CallOutcome::no_fax;
      if (samples >= served_.settings.answer.listen_s * hw::samples_per_second)
        trigger(served_.settings.answer.answer_without_cng ? Trigger::too_late : Trigger::nobody_there);
      break;
    case LineState::receiving:
      if (samples >= longest_call) {
        outcome_ = CallOutcome::too_long;
        trigger(Trigger::too_late);
      }
      break;
    case LineState::ending:
      receiver_.pump();
      if (!receiver_.has_unsent_bytes() && sink_.room_for_an_end())
        trigger(Trigger::pages_sent);
      else if (Clock::now() - state_since_wall_ >= std::chrono::milliseconds(ending_limit_ms) ||
               !page_process_is_there())
        trigger(Trigger::too_late);
      break;
    case LineState::guard:
      if (samples >= line_->guard_samples() || line_is_dead()) trigger(Trigger::too_late);
      break;
    default:
      break;
  }
  if (has_the_line() && line_is_dead()) {
    outcome_ = CallOutcome::line_trouble;
    trigger(Trigger::line_trouble);
  }
}

void LineLoop::trigger(Trigger trigger) noexcept {
  const Transition* transition = find_transition(state_, trigger);
  if (transition == nullptr) return;
  last_trigger_ = trigger;
  state_ = transition->to;
  state_since_ = call_samples_;
  state_since_wall_ = Clock::now();
  act(transition->action);
  show_status();
}

void LineLoop::act(Action action) noexcept {
  switch (action) {
    case Action::none:
      break;
    case Action::note_ringing:
      note_ringing();
      break;
    case Action::note_not_answered:
      note_not_answered();
      break;
    case Action::answer:
      answer();
      break;
    case Action::listen:
      take_the_line();
      sink_.news(NewsKind::listening);
      break;
    case Action::receive:
      begin_to_receive();
      break;
    case Action::take_over:
      note_ringing();
      answer();
      break;
    case Action::end_call:
      end_call(outcome_);
      break;
    case Action::close_call:
      close_call();
      break;
  }
}

void LineLoop::note_ringing() noexcept {
  rings_ = 0;
  refused_ = false;
  call_samples_ = state_since_ = 0;
  sink_.now_samples = 0;
  outcome_ = CallOutcome::completed;
  if (state_ == LineState::ringing) sink_.news(NewsKind::ringing);
}

void LineLoop::answer() noexcept {
  take_the_line();
  begin_to_receive();
}

// Only the answered line knows whose call it is: one that is taken over long after the bell is nobody's.
void LineLoop::take_the_line() noexcept {
  line_->answer();
  begun_ = sink_.call_begins({call_samples_, identity(), rings_, line_->ring_ms()});
  ++calls_;
  pages_before_ = sink_.pages_ended();
  receives_ = false;
  cng_.restart();
}

void LineLoop::begin_to_receive() noexcept {
  answered_at_ = call_samples_;
  receives_ = true;
  receiver_settings_.station_id = station_id();
  receiver_.start(receiver_settings_);
  sink_.news(NewsKind::answered);
}

void LineLoop::note_not_answered() noexcept {
  const WhyNot why = refused_                                            ? WhyNot::refused
                     : served_.settings.answer.mode == AnswerMode::never ? WhyNot::never
                                                                         : WhyNot::gave_up;
  sink_.not_answered({why, 0, rings_, identity()});
  line_->hang_up();
  cng_.restart();
}

// As the network told it, completed by what the operator knows of this line.
hw::CallIdentity LineLoop::identity() const noexcept {
  hw::CallIdentity identity = line_->identity();
  const std::string_view by_ring = served_.settings.answer.called_by(line_->ring_ms());
  if (identity.called.empty())
    identity.called =
        base::ShortText<32>(by_ring.empty() ? std::string_view(served_.settings.called) : by_ring);
  return identity;
}

void LineLoop::show_status() noexcept {
  const t30::Session& session = sink_.session();
  const bool in_call = state_ != LineState::ready && state_ != LineState::guard;
  LineStatus status;
  status.state = state_;
  status.accepting = accepting_ ? 1 : 0;
  status.blocked = blocked_ ? 1 : 0;
  status.trouble = trouble_ ? 1 : 0;
  status.calls = calls_;
  if (in_call) {
    const hw::CallIdentity who = identity();
    status.called = who.called;
    status.caller_number = who.caller_number;
    status.caller_name = who.caller_name;
    status.rings = static_cast<std::uint16_t>(rings_);
    status.call_samples = call_samples_;
  }
  if (in_call && receives_) {
    status.ecm = session.ecm;
    status.modem = session.modem;
    status.rate_bps = session.rate_bps;
    status.station_id = session.station_id;
    status.pages = static_cast<std::uint16_t>(sink_.pages_ended() - pages_before_);
  }
  links_.ring->header().status.show(status);
}

void LineLoop::end_call(CallOutcome outcome) noexcept {
  if (last_trigger_ == Trigger::stop) outcome = CallOutcome::stopped;
  if (last_trigger_ == Trigger::hang_up) outcome = CallOutcome::ended_here;
  if (receives_) receiver_.line_dropped();
  // A caller that hangs up after its last page was answered has sent everything: T.30 knows better than the
  // line.
  if (receives_ && outcome == CallOutcome::caller_hung_up) outcome = outcome_of_receiver();
  outcome_ = outcome;
  line_->hang_up();
}

void LineLoop::close_call() noexcept {
  CallEnd end{call_samples_, outcome_, line_->faults(), base::ShortText<200>(line_->remark())};
  if (last_trigger_ == Trigger::too_late) end.outcome = CallOutcome::not_stored;
  if (begun_) sink_.call_ends(end);
  begun_ = false;
}

CallOutcome LineLoop::outcome_of_receiver() const noexcept {
  switch (receiver_.outcome()) {
    case t30::Outcome::completed:
      return CallOutcome::completed;
    case t30::Outcome::no_fax:
      return CallOutcome::no_fax;
    case t30::Outcome::failed:
      return CallOutcome::failed;
    case t30::Outcome::slower_than_allowed:
      return CallOutcome::slower_than_allowed;
    case t30::Outcome::wrong_password:
      return CallOutcome::wrong_password;
    case t30::Outcome::not_stored:
      return CallOutcome::not_stored;
    case t30::Outcome::incompatible:
      return CallOutcome::incompatible;
    case t30::Outcome::caller_hung_up:
    case t30::Outcome::none:
      break;
  }
  return CallOutcome::caller_hung_up;
}

base::ShortText<20> LineLoop::station_id() const noexcept {
  const LineSettings& settings = served_.settings;
  const hw::CallIdentity who = identity();
  const std::string_view number =
      settings.station_id.empty() ? who.called.view() : std::string_view(settings.station_id);
  std::array<char, 20> text{};
  const std::size_t length = std::min(number.size(), text.size());
  for (std::size_t i = 0; i < length; ++i) {
    const bool digit = number[i] >= '0' && number[i] <= '9';
    text[i] = digit || number[i] == '+' ? number[i] : ' ';  // T.30, table 3: there is no other character
  }
  return base::ShortText<20>({text.data(), length});
}

}  // namespace faxrx
