// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/subscriber_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <utility>

#include "hw/exchange/exchange_line.hpp"

namespace vm {
namespace {

// Said ahead to the far end when it answers, so that a caller who is late by that much (160 ms) is not heard to be.
constexpr int blocks_said_ahead = 8;
// A caller who does not run makes these wait; then he runs, as he wants to be on time.
constexpr std::size_t most_blocks_waiting = 100;
// GR-30-CORE 2.3: the caller ID begins 300 ms after the first ring at the earliest.
constexpr int pause_before_caller_id_ms = 500;
// ETSI EN 300 659-1: from the caller ID to the first ring, 200 ms at least.
constexpr int pause_after_caller_id_ms = 500;
// NTT: the short rings that ask for the caller ID to be heard; 6 s of them at most.
constexpr int summon_on_ms = 500, summon_off_ms = 500, summon_limit_ms = 6000, told_limit_ms = 7000;
constexpr int distinctive_cycle_ms = 4000;
constexpr int try_again_ms = 20, look_at_hook_ms = 100, reopen_ms = 1000;

std::int64_t now_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

SubscriberLine::SubscriberLine(const std::string& folder, unsigned number, const Habits& habits)
    : number_(number), habits_(habits), line_(hw::open_exchange_line(fmt::format("{}/{}", folder, number))) {
  line_->accept_calls(false);
  open();
}

void SubscriberLine::log(const std::string& sentence) const {
  fmt::print(stderr, "central_office: channel {}: {}\n", number_, sentence);
}

// Each state's time begins anew; only in an idle line may calls come.
void SubscriberLine::be(State state) {
  state_ = state;
  line_->accept_calls(state == State::idle);
  due_ms_ = state == State::clearing         ? now_ms() + look_at_hook_ms
            : state == State::out_of_service ? now_ms() + reopen_ms
                                             : 0;
}

void SubscriberLine::open() {
  be(State::out_of_service);
  try {
    port_ = std::make_unique<FxsPort>(number_);
  } catch (const std::system_error& failure) {
    return log(failure.what());
  }
  if (!habits_.busy_tone.empty() && !port_->set_country(habits_.busy_tone))
    log(fmt::format("there are no tones of \"{}\"", habits_.busy_tone));
  if (port_->in_alarm()) return;
  be(State::idle);
  if (port_->far_end_is_off_hook()) far_end_off_hook();
}

std::array<pollfd, 2> SubscriberLine::waits_for() const noexcept {
  short port_events = POLLPRI;
  if (state_ == State::talking && from_port_.size() < most_blocks_waiting) port_events |= POLLIN;
  if (unsent_) port_events |= POLLOUT;
  const bool listens = !from_caller_;  // else the caller waits for our block, and says nothing
  return {{{listens ? line_->fd() : -1, POLLIN, 0}, {port_ ? port_->fd() : -1, port_events, 0}}};
}

int SubscriberLine::poll_timeout_ms() const noexcept {
  const int line = from_caller_ ? -1 : line_->poll_timeout_ms();
  if (due_ms_ == 0) return line;
  const int due = static_cast<int>(std::max<std::int64_t>(due_ms_ - now_ms(), 0));
  return line < 0 ? due : std::min(line, due);
}

void SubscriberLine::work() {
  while (port_ && !port_->gone()) {
    const int event = port_->next_event();
    if (event == DAHDI_EVENT_NONE) break;
    take_port_event(event);
  }
  if (port_ && port_->gone()) {
    log("is gone");
    port_.reset();
    lose_caller();
    be(State::out_of_service);
  }
  for (hw::LineEvent event = line_->next_event(); event != hw::LineEvent::none; event = line_->next_event())
    take_line_event(event);
  relay();
  send_caller_id();
  if (due_ms_ != 0 && now_ms() >= due_ms_) look_at_clock();
}

void SubscriberLine::take_port_event(int event) {
  switch (event) {
    case DAHDI_EVENT_RINGOFFHOOK:
      return far_end_off_hook();
    case DAHDI_EVENT_ONHOOK:
      return far_end_on_hook();
    case DAHDI_EVENT_RINGEROFF:
      return ring_is_over();
    case DAHDI_EVENT_ALARM:
      log("alarm");
      lose_caller();
      port_->on_hook();
      return be(State::out_of_service);
    case DAHDI_EVENT_NOALARM:
      log("no alarm");
      return be(State::clearing);
    case DAHDI_EVENT_READ_OVERRUN:
      overruns_ += state_ == State::talking ? 1 : 0;
      return;
    case DAHDI_EVENT_WRITE_UNDERRUN:
      underruns_ += state_ == State::talking ? 1 : 0;
      return;
    default:
      return;
  }
}

void SubscriberLine::ring_is_over() {
  if (state_ != State::ringing) return;
  ++rings_over_;
  if (!std::exchange(caller_told_, true)) {
    due_ms_ = now_ms() + pause_before_caller_id_ms;
  } else if (rings_over_ == habits_.other_telephone_answers) {
    log("another telephone on the line answers");
    other_telephone_ = true;
    answer();
  }
}

void SubscriberLine::far_end_off_hook() {
  switch (state_) {
    case State::idle:
      log("seized");
      port_->play(DAHDI_TONE_DIALTONE);
      return be(State::seized);
    case State::summoning:
      be(State::told);
      due_ms_ = now_ms() + told_limit_ms;
      port_->off_hook();
      port_->forget_sound();
      return begin_caller_id(false);
    case State::telling:
    case State::ringing:
      return answer();
    case State::talking:
      if (std::exchange(other_telephone_, false)) log("taken over from the other telephone");
      return;
    default:
      return;
  }
}

void SubscriberLine::far_end_on_hook() {
  if (other_telephone_) return;  // which holds the line
  switch (state_) {
    case State::told:
      caller_id_.stop();
      port_->on_hook();
      port_->ring_as_the_country_does();
      return begin_ringing();
    case State::talking:
      log(fmt::format("the far end has hung up after {} blocks, {} overruns, {} underruns", blocks_,
                      overruns_, underruns_));
      lose_caller();
      port_->on_hook();
      return be(State::clearing);
    case State::seized:
    case State::clearing:
      port_->stop_playing();
      port_->on_hook();
      return be(State::idle);
    default:
      return;
  }
}

void SubscriberLine::take_line_event(hw::LineEvent event) {
  if (event == hw::LineEvent::ring_begins && state_ == State::idle) return somebody_calls();
  if (event == hw::LineEvent::caller_gone) return caller_gone();
}

void SubscriberLine::somebody_calls() {
  log(fmt::format("{} calls", line_->identity().caller_number.view()));
  rings_over_ = 0;
  other_telephone_ = false;
  if (habits_.ring_ms > 0) port_->ring_in_cadence(habits_.ring_ms, distinctive_cycle_ms - habits_.ring_ms);
  if (habits_.caller_id == CallerIdStandard::japan) {
    be(State::summoning);
    port_->ring_in_cadence(summon_on_ms, summon_off_ms);
    rings_ = port_->ring();
    due_ms_ = now_ms() + summon_limit_ms;
  } else if (habits_.before_first_ring && habits_.caller_id != CallerIdStandard::none) {
    be(State::telling);
    begin_caller_id(habits_.caller_id == CallerIdStandard::v23);
  } else {
    caller_told_ = habits_.caller_id == CallerIdStandard::none;
    begin_ringing();
  }
}

void SubscriberLine::begin_ringing() {
  if (state_ != State::ringing) be(State::ringing);
  rings_ = port_->ring();
  due_ms_ = rings_ ? 0 : now_ms() + try_again_ms;
}

void SubscriberLine::begin_caller_id(bool with_alert) {
  caller_told_ = true;
  caller_id_.begin(habits_.caller_id, line_->identity(), with_alert);
  send_caller_id();
}

// As much as the driver takes; it goes out as slowly as a telephone line is.
void SubscriberLine::send_caller_id() {
  while (caller_id_.sending() || unsent_) {
    if (!unsent_) caller_id_.say(unsent_.emplace());
    if (!port_ || !port_->write(*unsent_)) return;
    unsent_.reset();
    if (!caller_id_.sending()) caller_id_sent();
  }
}

void SubscriberLine::caller_id_sent() {
  if (state_ == State::telling) due_ms_ = now_ms() + FxsPort::buffered_ms + pause_after_caller_id_ms;
}

void SubscriberLine::look_at_clock() {
  due_ms_ = 0;
  switch (state_) {
    case State::out_of_service:
      if (!port_) open();
      return;
    case State::telling:
      return begin_ringing();
    case State::ringing:
      return rings_ ? begin_caller_id(false) : begin_ringing();
    case State::summoning:
      port_->on_hook();
      port_->ring_as_the_country_does();
      caller_told_ = true;
      return begin_ringing();
    case State::told:
      lose_caller();
      port_->on_hook();
      return be(State::clearing);
    case State::clearing:
      return port_->far_end_is_off_hook() ? be(State::clearing) : far_end_on_hook();
    default:
      return;
  }
}

void SubscriberLine::answer() {
  log("answered");
  caller_id_.stop();
  unsent_.reset();
  be(State::talking);
  blocks_ = overruns_ = underruns_ = 0;
  from_port_.clear();
  from_caller_.reset();
  port_->off_hook();
  port_->forget_sound();
  for (int i = 0; i < blocks_said_ahead; ++i)
    port_->write({});
  line_->answer();
}

void SubscriberLine::caller_gone() {
  log(fmt::format("the caller has gone after {} blocks, {} overruns, {} underruns", blocks_, overruns_,
                  underruns_));
  const State left = state_;
  other_telephone_ = false;
  lose_caller();
  if (!port_) return;
  if (left == State::summoning) port_->ring_as_the_country_does();
  if (left == State::talking && !habits_.busy_tone.empty())
    port_->play(DAHDI_TONE_BUSY);
  else
    port_->on_hook();
  be(left == State::talking || left == State::told ? State::clearing : State::idle);
}

void SubscriberLine::lose_caller() {
  caller_id_.stop();
  unsent_.reset();
  line_->hang_up();
  from_caller_.reset();
  from_port_.clear();
}

// One block of the caller's for each of the port's: the driver's clock is the call's.
void SubscriberLine::relay() {
  hw::Block block;
  while (state_ == State::talking && from_port_.size() < most_blocks_waiting && port_->read(block))
    from_port_.push_back(block);
  if (!from_caller_ && line_->read(block)) from_caller_ = block;
  if (!from_caller_) return;
  if (state_ == State::talking) {
    if (from_port_.empty()) return;
    port_->write(*from_caller_);
    line_->write(from_port_.front());
    from_port_.pop_front();
    ++blocks_;
  } else {
    line_->write({});
  }
  from_caller_.reset();
}

}  // namespace vm
