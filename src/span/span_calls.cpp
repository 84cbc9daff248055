// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/span/span_calls.hpp"

#include <algorithm>
#include <utility>

#include "src/base/dial_pattern.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/span/cause_words.hpp"

namespace span {
namespace {

namespace cause = hw::isdn::cause;
using hw::isdn::LineWord;
using hw::isdn::SpanWord;
using hw::isdn::Welcome;

constexpr std::chrono::seconds last_word_limit{5};
constexpr std::size_t longest_number = 32;

std::string shown(const std::string& number) {
  return number.empty() ? "an unknown number" : base::printable(number, longest_number);
}

bool has_a_line(CallState state) {
  return state == CallState::offered || state == CallState::ringing || state == CallState::connecting ||
         state == CallState::connected;
}

hw::CallIdentity identity_of(const Setup& setup) {
  hw::CallIdentity identity;
  identity.called = base::ShortText<32>(setup.called);
  identity.withheld = setup.withheld;
  identity.screening = setup.screening;
  // Who withholds his number or name wants nobody to see it, though some networks tell it all the same.
  if (setup.withheld != hw::Withheld::by_caller) {
    identity.caller_number = base::ShortText<32>(setup.calling);
    identity.caller_name = base::ShortText<64>(setup.calling_name);
  }
  identity.redirecting = base::ShortText<32>(setup.redirecting);
  identity.redirection = setup.redirection;
  return identity;
}

}  // namespace

SpanCalls::SpanCalls(SpanSettings settings, Access access, Signalling& signalling, LineSide& lines,
                     std::uint64_t first_call)
    : settings_(std::move(settings)),
      access_(access),
      signalling_(signalling),
      lines_(lines),
      next_call_(first_call) {}

void SpanCalls::add_channel(unsigned timeslot, std::string line) {
  Channel& channel = channels_[timeslot];
  channel.line = std::move(line);
  lines_.tell(timeslot, {SpanWord::how_are_you});
  tell_signalling(timeslot);
}

void SpanCalls::take(const IsdnEvent& event, Clock::time_point now) {
  if (event.kind == EventKind::setup) return take_setup(event, now);
  if (event.kind == EventKind::layer2_up || event.kind == EventKind::layer2_down) {
    layer2(event.kind == EventKind::layer2_up);
    return restart_next(now);
  }
  if (event.kind == EventKind::complaint) return base::log::warning("{}", base::printable(event.text, 200));
  if (event.kind == EventKind::channel_restarted || event.kind == EventKind::span_restarted) {
    base::log::info("the exchange restarts {}", event.kind == EventKind::span_restarted
                                                    ? "the span"
                                                    : fmt::format("channel {}", event.timeslot));
    for (const auto& [timeslot, channel] : channels_)
      if (event.kind == EventKind::span_restarted || event.timeslot == static_cast<int>(timeslot))
        end_by_restart(timeslot);
    return;
  }
  if (event.kind == EventKind::restart_acknowledged) {
    if (event.timeslot == static_cast<int>(restarting_)) restarting_ = 0;
    return restart_next(now);
  }
  Call* call = call_with(event.call);
  const bool exchange_hangs_up =
      event.kind == EventKind::network_clears || event.kind == EventKind::network_released;
  if (call == nullptr) {  // one that was refused, or is of an earlier process
    if (exchange_hangs_up) signalling_.hang_up(event.call, cause::normal);
    return;
  }
  switch (event.kind) {
    case EventKind::digits:
      return take_digits(*call, event.text, now);
    case EventKind::connect_acknowledged:
      return trigger(*call, CallTrigger::connect_acknowledged, now);
    case EventKind::network_clears:
      call->cause = event.cause;
      return trigger(*call, CallTrigger::network_clears, now);
    case EventKind::network_released:
      call->cause = event.cause;
      trigger(*call, CallTrigger::network_released, now);
      return end(*call);
    case EventKind::cleared:
      tell_gone(*call, event.cause);
      return end(*call);
    default:
      return;
  }
}

void SpanCalls::take_setup(const IsdnEvent& event, Clock::time_point now) {
  if (const Call* old = call_with(event.call)) {
    if (old->state != CallState::clearing) return;  // the same SETUP again
    end(*old);                                      // its handle is a new call's
  }
  const Setup& setup = event.setup;
  if (!setup.audio)
    return ignores_strangers() ? signalling_.forget(event.call) : refuse(event, cause::incompatible);
  const bool complete = number_is_complete(setup);
  if (complete && !serves(settings_, setup.called))
    return ignores_strangers() ? signalling_.forget(event.call) : refuse(event, cause::unallocated);
  if (draining_) return refuse(event, cause::temporary_failure);
  const Choice choice = choose_channel(setup);
  if (choice.timeslot == 0) return refuse(event, choice.refused_with);
  // The exchange uses it, so it is in order.
  channels_[choice.timeslot].wants_restart = false;
  Call& call = calls_[event.call];
  call = {event.call, next_call_++, choice.timeslot, CallState::collecting, setup, Clock::time_point::max(),
          0};
  if (complete) return trigger(call, CallTrigger::number_complete, now);
  signalling_.acknowledge_setup(call.handle, call.timeslot);
  call.deadline = now + std::chrono::seconds(settings_.overlap_timeout_s);
}

// On a bus with several telephones, what is not for us is another's.
bool SpanCalls::ignores_strangers() const noexcept {
  return access_ == Access::basic_multipoint || settings_.unknown_number == "ignore";
}

bool SpanCalls::number_is_complete(const Setup& setup) const {
  if (setup.complete || setup.called.size() >= settings_.overlap_digits) return true;
  return std::any_of(settings_.numbers.begin(), settings_.numbers.end(),
                     [&setup](const std::string& pattern) {
                       const bool open_ended =
                           pattern.starts_with('_') && (pattern.ends_with('.') || pattern.ends_with('!'));
                       return !open_ended && base::pattern_matches(pattern, setup.called);
                     });
}

void SpanCalls::take_digits(Call& call, const std::string& digits, Clock::time_point now) {
  if (call.state != CallState::collecting) return;
  call.setup.called.append(digits, 0, longest_number - std::min(longest_number, call.setup.called.size()));
  call.deadline = now + std::chrono::seconds(settings_.overlap_timeout_s);
  if (number_is_complete(call.setup)) number_is_here(call, now);
}

void SpanCalls::number_is_here(Call& call, Clock::time_point now) {
  if (serves(settings_, call.setup.called)) return trigger(call, CallTrigger::number_complete, now);
  call.cause = cause::unallocated;
  say_refused(call.setup, call.cause);
  trigger(call, CallTrigger::number_unknown, now);
}

void SpanCalls::refuse(const IsdnEvent& event, Cause why) {
  say_refused(event.setup, why);
  signalling_.hang_up(event.call, why);
}

void SpanCalls::say_refused(const Setup& setup, Cause why) const {
  base::log::info("a call from {} to {} is refused with cause {}: {}",
                  setup.withheld == hw::Withheld::by_caller ? "a withheld number" : shown(setup.calling),
                  shown(setup.called), why, words_of(why));
}

bool SpanCalls::is_free(unsigned timeslot, const Channel& channel) const {
  const bool in_a_call = std::any_of(calls_.begin(), calls_.end(),
                                     [timeslot](const auto& one) { return one.second.timeslot == timeslot; });
  return channel.is_there && channel.welcome == Welcome::yes && channel.stray == 0 && !in_a_call &&
         restarting_ != timeslot;
}

// The one that is asked for; if the exchange leaves us the choice, any other. A caller who could be taken but for room
// on the disk is told that, so that the exchange can send him elsewhere.
SpanCalls::Choice SpanCalls::choose_channel(const Setup& setup) const {
  if (setup.timeslot == no_timeslot)
    return {0, cause::user_busy};  // call waiting: there is no channel for it
  const auto wanted =
      setup.timeslot > 0 ? channels_.find(static_cast<unsigned>(setup.timeslot)) : channels_.end();
  if (wanted != channels_.end() && is_free(wanted->first, wanted->second)) return {wanted->first, 0};
  const bool lacks_room = std::any_of(channels_.begin(), channels_.end(), [](const auto& one) {
    return one.second.is_there && one.second.welcome == Welcome::no_room;
  });
  if (setup.timeslot > 0 && setup.exclusive) {
    const bool for_room = wanted != channels_.end() && wanted->second.welcome == Welcome::no_room;
    return {0, for_room ? cause::congestion : cause::channel_unavailable};
  }
  for (const auto& [timeslot, channel] : channels_)
    if (is_free(timeslot, channel)) return {timeslot, 0};
  return {0, lacks_room ? cause::congestion : cause::no_circuit};
}

void SpanCalls::trigger(Call& call, CallTrigger on, Clock::time_point now) {
  const CallTransition* transition = find_transition(call.state, on);
  if (transition == nullptr) return;
  const CallState before = std::exchange(call.state, transition->to);
  const std::uint32_t limit_ms = call_states[static_cast<std::size_t>(call.state)].limit_ms;
  call.deadline = limit_ms == 0 ? Clock::time_point::max() : now + std::chrono::milliseconds(limit_ms);
  // A service that stops does not wait for an exchange that says nothing.
  if (draining_ && call.state == CallState::clearing) call.deadline = now + last_word_limit;
  if (has_a_line(before) && call.state == CallState::clearing && on != CallTrigger::line_hangs_up &&
      on != CallTrigger::line_closed)
    lines_.tell(call.timeslot, {.word = SpanWord::caller_gone, .cause = call.cause, .call = call.number});
  act(call, transition->action);
}

void SpanCalls::act(Call& call, CallAction action) {
  switch (action) {
    case CallAction::none:
      return;
    case CallAction::offer:
      return offer(call);
    case CallAction::alert:
      return signalling_.alerting(call.handle, call.timeslot);
    case CallAction::connect:
      return signalling_.connect(call.handle, call.timeslot);
    case CallAction::refuse:
    case CallAction::hang_up:
      return signalling_.hang_up(call.handle, call.cause);
    case CallAction::clear_for_line:
      return signalling_.hang_up(call.handle, cause::temporary_failure);
    case CallAction::clear_for_network:
      return signalling_.hang_up(call.handle, cause::normal);
    case CallAction::time_out:
      base::log::warning("the call from {} to {} is ended: nobody went on with it in time",
                         shown(call.setup.calling), shown(call.setup.called));
      return signalling_.hang_up(call.handle, cause::timer_expired);
    case CallAction::give_up:
      base::log::warning("channel {}: the exchange does not end its side of a call", call.timeslot);
      return signalling_.forget(call.handle);
  }
}

void SpanCalls::offer(const Call& call) {
  signalling_.proceeding(call.handle, call.timeslot);
  lines_.tell(call.timeslot, {.word = SpanWord::rings,
                              .law = call.setup.law,
                              .call = call.number,
                              .identity = identity_of(call.setup)});
}

void SpanCalls::hear(unsigned timeslot, const ToSpan& word, Clock::time_point now) {
  const auto found = channels_.find(timeslot);
  if (found == channels_.end()) return;
  Channel& channel = found->second;
  if (word.welcome <= Welcome::no_room) channel.welcome = word.welcome;
  Call* call = call_on(timeslot);
  const bool is_ours = call != nullptr && call->number == word.call;
  switch (word.word) {
    case LineWord::here_i_am:
      line_is_back(timeslot, channel, word, now);
      break;
    case LineWord::alerts:
      if (is_ours) trigger(*call, CallTrigger::line_alerts, now);
      break;
    case LineWord::answers:
      if (is_ours) trigger(*call, CallTrigger::line_answers, now);
      break;
    case LineWord::hangs_up:
      if (is_ours) {
        call->cause = word.cause;
        trigger(*call, CallTrigger::line_hangs_up, now);
      } else if (word.call == channel.stray) {
        stray_is_over(channel);
      }
      break;
    case LineWord::closed:
      channel.is_there = false;
      stray_is_over(channel);
      if (call != nullptr) trigger(*call, CallTrigger::line_closed, now);
      break;
  }
  restart_next(now);
}

void SpanCalls::tell_gone(const Call& call, Cause why) {
  if (has_a_line(call.state))
    lines_.tell(call.timeslot, {.word = SpanWord::caller_gone, .cause = why, .call = call.number});
}

void SpanCalls::end(const Call& call) {
  const CallHandle handle = call.handle;
  calls_.erase(handle);
}

SpanCalls::Call* SpanCalls::call_with(CallHandle handle) {
  const auto found = calls_.find(handle);
  return found == calls_.end() ? nullptr : &found->second;
}

SpanCalls::Call* SpanCalls::call_on(unsigned timeslot) {
  for (auto& [handle, call] : calls_)
    if (call.timeslot == timeslot) return &call;
  return nullptr;
}

}  // namespace span
