// SPDX-License-Identifier: GPL-2.0-or-later
// A span's calls as time passes: lines that come back, channels whose calls were lost and are restarted, and signalling
// that is up or down.
#include <algorithm>
#include <utility>

#include "src/base/log.hpp"
#include "src/span/span_calls.hpp"

namespace span {
namespace {

namespace cause = hw::isdn::cause;
using hw::isdn::SpanWord;

// An exchange that serves it acknowledges a RESTART at once (its T316 is 2 min); the next channel waits no longer.
constexpr std::chrono::seconds restart_limit{5};
// The D channel of a line in order is up within a second or two.
constexpr std::chrono::seconds first_limit{6};

}  // namespace

// A line says so when it is opened, and on every change; also before it has heard of a call that is offered to it.
void SpanCalls::line_is_back(unsigned timeslot, Channel& channel, const ToSpan& word, Clock::time_point now) {
  channel.is_there = true;
  Call* call = call_on(timeslot);
  if (call != nullptr && call->number == word.call) return;
  if (call != nullptr && call->state != CallState::offered) trigger(*call, CallTrigger::line_closed, now);
  if (word.call != 0 && channel.stray == 0)
    base::log::info(
        "channel {} is in a call that is not known here any more: it goes on, and the channel is "
        "restarted after it",
        timeslot);
  if (word.call == 0)
    stray_is_over(channel);
  else
    channel.stray = word.call;
}

void SpanCalls::stray_is_over(Channel& channel) noexcept {
  if (std::exchange(channel.stray, 0) != 0) channel.wants_restart = true;
}

void SpanCalls::end_by_restart(unsigned timeslot) {
  Channel& channel = channels_[timeslot];
  channel.wants_restart = false;
  if (const std::uint64_t stray = std::exchange(channel.stray, 0); stray != 0)
    lines_.tell(timeslot, {.word = SpanWord::caller_gone, .cause = cause::temporary_failure, .call = stray});
  const Call* call = call_on(timeslot);
  if (call == nullptr) return;
  tell_gone(*call, cause::temporary_failure);
  signalling_.forget(call->handle);
  end(*call);
}

void SpanCalls::layer2(bool up) {
  if (std::exchange(layer2_up_, up) == up) return;
  waited_ = true;
  // Between calls a bus with several telephones is at rest.
  if (access_ == Access::basic_multipoint) return base::log::debug("layer 2 is {}", up ? "up" : "down");
  if (up)
    base::log::info("the D channel is up: calls can come");
  else
    base::log::error(
        "the D channel is down: no call can come; those that run go on if the exchange keeps them");
  tell_signalling();
}

void SpanCalls::alarm(bool raised) {
  if (std::exchange(alarm_, raised) == raised) return;
  if (access_ == Access::basic_multipoint) return;  // power is saved so
  if (raised) base::log::error("the span is in alarm: look at its cable and at the exchange");
  if (!raised) base::log::info("the span's alarm is over");
  tell_signalling();
}

void SpanCalls::tell_signalling() {
  for (const auto& [timeslot, channel] : channels_)
    tell_signalling(timeslot);
}

void SpanCalls::tell_signalling(unsigned timeslot) {
  const bool is_down = alarm_ || (!layer2_up_ && waited_);
  if (access_ != Access::basic_multipoint)
    lines_.tell(timeslot, {.word = SpanWord::signalling, .up = !is_down});
}

// One at a time: there is one call reference for all of them.
void SpanCalls::restart_next(Clock::time_point now) {
  if (access_ != Access::primary || !settings_.restart_channels || signalling_is_down() || restarting_ != 0)
    return;
  for (auto& [timeslot, channel] : channels_) {
    if (!channel.wants_restart || !channel.is_there || channel.stray != 0 || call_on(timeslot) != nullptr)
      continue;
    channel.wants_restart = false;
    restarting_ = timeslot;
    restart_deadline_ = now + restart_limit;
    return signalling_.restart(timeslot);
  }
}

void SpanCalls::time_passes(Clock::time_point now) {
  if (!first_deadline_) first_deadline_ = now + first_limit;
  if (!layer2_up_ && !waited_ && now >= *first_deadline_) {
    waited_ = true;
    if (access_ != Access::basic_multipoint)
      base::log::error("the exchange does not answer on the D channel: no call can come");
    tell_signalling();
  }
  if (restarting_ != 0 && now >= restart_deadline_) restarting_ = 0;
  restart_next(now);
  for (auto at = calls_.begin(); at != calls_.end();) {
    Call& call = (at++)->second;
    if (now < call.deadline) continue;
    if (call.state == CallState::collecting) {
      number_is_here(call, now);
      continue;
    }
    const bool for_ever = call.state == CallState::clearing;
    call.cause = cause::timer_expired;
    trigger(call, CallTrigger::too_late, now);
    if (for_ever) end(call);
  }
}

std::optional<Clock::time_point> SpanCalls::next_deadline() const noexcept {
  Clock::time_point first = restarting_ != 0 ? restart_deadline_ : Clock::time_point::max();
  if (!layer2_up_ && !waited_) first = std::min(first, first_deadline_.value_or(Clock::time_point::min()));
  for (const auto& [handle, call] : calls_)
    first = std::min(first, call.deadline);
  return first == Clock::time_point::max() ? std::nullopt : std::optional(first);
}

}  // namespace span
