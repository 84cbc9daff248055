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

}  // namespace

int LineLoop::run() {
  for (;;) {
    links_.ring->header().loops.fetch_add(1, std::memory_order_relaxed);
    links_.ring->header().state.store(static_cast<std::uint32_t>(state_), std::memory_order_relaxed);
    wait();
    if (stopping_ || (draining_ && state_ == LineState::ringing)) trigger(Trigger::stop);
    if (!time_stands_still()) hear_line();
    look_at_the_clock();
    sink_.report_drops();
    wake_page_process();
    update_accepting();
    if (state_ != LineState::ready) continue;
    if (!page_process_is_there()) return EX_TEMPFAIL;  // the supervisor starts both again
    if (draining_ || no_more_calls_) return EX_OK;
  }
}

int LineLoop::wait_ms() const noexcept {
  if (state_ == LineState::ending || waits_) return pump_interval_ms;
  const int of_line = line_->poll_timeout_ms();
  return of_line < 0 || of_line > heartbeat_ms ? heartbeat_ms : of_line;
}

void LineLoop::wait() noexcept {
  pollfd fds[3] = {
      {links_.page.get(), POLLIN, 0}, {links_.control.get(), POLLIN, 0}, {line_->fd(), POLLIN, 0}};
  const bool without_line = waits_ || no_more_calls_;
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
  for (hw::LineEvent event = line_->next_event(); event != hw::LineEvent::none; event = line_->next_event()) {
    switch (event) {
      case hw::LineEvent::ring_begins:
        trigger(Trigger::ring_begins);
        break;
      case hw::LineEvent::ring_ends:
        if (++rings_ >= served_.settings.rings && accepting_ && sink_.room_for_a_call())
          trigger(Trigger::rings_enough);
        break;
      case hw::LineEvent::caller_gone:
        outcome_ = CallOutcome::caller_hung_up;
        trigger(Trigger::caller_gone);
        break;
      case hw::LineEvent::line_trouble:
        outcome_ = CallOutcome::line_trouble;
        sink_.news(NewsKind::line_trouble);
        trigger(Trigger::line_trouble);
        break;
      case hw::LineEvent::line_good:
        sink_.news(NewsKind::line_good);
        break;
      case hw::LineEvent::no_more_calls:
        no_more_calls_ = true;
        break;
      case hw::LineEvent::none:
        break;
    }
  }
  one_block();
}

// One write for each read: one clock.
void LineLoop::one_block() noexcept {
  hw::Block heard;
  hw::Block said{};
  if (!line_->read(heard)) return;
  const std::uint64_t before = call_samples_;
  call_samples_ += heard.size();
  sink_.now_samples = call_samples_;
  if (state_ == LineState::receiving) {
    receiver_.block(heard, said);
    line_->write(said);
    if (links_.audio_wanted) sink_.audio({before - answered_at_, heard, said});
    if (receiver_.outcome() != t30::Outcome::none) {
      outcome_ = outcome_of_receiver();
      trigger(Trigger::receiver_done);
    }
  } else {
    line_->write(said);
  }
}

void LineLoop::look_at_the_clock() noexcept {
  const std::uint64_t samples = call_samples_ - state_since_;
  const auto wall = Clock::now() - state_since_wall_;
  const std::uint64_t longest_call = 60ULL * served_.settings.longest_call_min * hw::samples_per_second;
  switch (state_) {
    case LineState::ringing:
      if (samples >= ring_gap_limit) trigger(Trigger::too_late);
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
      else if (wall >= std::chrono::milliseconds(ending_limit_ms) || !page_process_is_there())
        trigger(Trigger::too_late);
      break;
    case LineState::guard:
      if (samples >= line_->guard_samples()) trigger(Trigger::too_late);
      break;
    default:
      break;
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
}

void LineLoop::act(Action action) noexcept {
  switch (action) {
    case Action::none:
      break;
    case Action::note_ringing:
      rings_ = 0;
      call_samples_ = state_since_ = 0;
      sink_.now_samples = 0;
      outcome_ = CallOutcome::completed;
      sink_.news(NewsKind::ringing);
      break;
    case Action::note_gave_up:
      note_gave_up();
      break;
    case Action::answer:
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

void LineLoop::answer() noexcept {
  const hw::CallIdentity& identity = line_->identity();
  const auto called =
      identity.called.empty() ? base::ShortText<32>(served_.settings.called) : identity.called;
  answered_at_ = call_samples_;
  begun_ = sink_.call_begins({call_samples_, called, identity.caller_number, identity.caller_name});
  line_->answer();
  receiver_settings_.station_id = station_id();
  receiver_.start(receiver_settings_);
  sink_.news(NewsKind::answered);
}

void LineLoop::note_gave_up() noexcept {
  line_->hang_up();
  sink_.news(NewsKind::caller_gave_up, rings_);
}

void LineLoop::end_call(CallOutcome outcome) noexcept {
  if (last_trigger_ == Trigger::stop) outcome = CallOutcome::stopped;
  receiver_.line_dropped();
  // A caller that hangs up after its last page was answered has sent everything: T.30 knows better than the
  // line.
  if (outcome == CallOutcome::caller_hung_up) outcome = outcome_of_receiver();
  outcome_ = outcome;
  line_->hang_up();
}

void LineLoop::close_call() noexcept {
  CallEnd end{call_samples_, outcome_, base::ShortText<200>(line_->remark())};
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
  const std::string_view told = line_->identity().called.view();
  const std::string_view number = !settings.station_id.empty() ? std::string_view(settings.station_id)
                                  : !told.empty()              ? told
                                                               : std::string_view(settings.called);
  std::array<char, 20> text{};
  const std::size_t length = std::min(number.size(), text.size());
  for (std::size_t i = 0; i < length; ++i) {
    const bool digit = number[i] >= '0' && number[i] <= '9';
    text[i] = digit || number[i] == '+' ? number[i] : ' ';  // T.30, table 3: there is no other character
  }
  return base::ShortText<20>({text.data(), length});
}

}  // namespace faxrx
