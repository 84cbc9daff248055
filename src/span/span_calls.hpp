// SPDX-License-Identifier: GPL-2.0-or-later
// All calls of one ISDN span: between the signalling, which tells of the exchange's words, and the lines, of which each
// has one channel. call_states.hpp is a call's life; here is which channel it gets, with what cause it is refused, and
// what becomes of channels whose calls were lost. Owned by the span process; knows neither libpri nor descriptors, has
// no clock of its own, and takes any order of events and words, from either side.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "src/span/call_states.hpp"
#include "src/span/signalling.hpp"
#include "src/span/span_plan.hpp"

namespace span {

using Clock = std::chrono::steady_clock;
using hw::isdn::ToLine;
using hw::isdn::ToSpan;

// Where words to lines go.
class LineSide {
 public:
  virtual ~LineSide() = default;
  virtual void tell(unsigned timeslot, const ToLine& word) = 0;
};

class SpanCalls {
 public:
  // `first_call`: greater than any call's number that an earlier process gave on these links.
  SpanCalls(SpanSettings settings, Access access, Signalling& signalling, LineSide& lines,
            std::uint64_t first_call);
  SpanCalls(const SpanCalls&) = delete;
  SpanCalls& operator=(const SpanCalls&) = delete;

  void add_channel(unsigned timeslot, std::string line);
  void take(const IsdnEvent& event, Clock::time_point now);
  void hear(unsigned timeslot, const ToSpan& word, Clock::time_point now);
  void alarm(bool raised);  // of layer 1
  void time_passes(Clock::time_point now);
  [[nodiscard]] std::optional<Clock::time_point> next_deadline() const noexcept;
  void take_no_more_calls() noexcept { draining_ = true; }
  [[nodiscard]] bool has_calls() const noexcept { return !calls_.empty(); }

 private:
  struct Channel {
    std::string line;
    hw::isdn::Welcome welcome = hw::isdn::Welcome::no;
    bool is_there = false;      // its process said so
    std::uint64_t stray = 0;    // the call it is in, of which we know nothing
    bool wants_restart = true;  // nobody here knows what the exchange thinks of it
  };
  struct Call {
    CallHandle handle = CallHandle::none;
    std::uint64_t number = 0;
    unsigned timeslot = 0;
    CallState state = CallState::collecting;
    Setup setup;
    Clock::time_point deadline;  // max(): none
    Cause cause = 0;             // of what is to be said next
  };
  struct Choice {
    unsigned timeslot = 0;
    Cause refused_with = 0;
  };

  void take_setup(const IsdnEvent& event, Clock::time_point now);
  void take_digits(Call& call, const std::string& digits, Clock::time_point now);
  void number_is_here(Call& call, Clock::time_point now);
  void refuse(const IsdnEvent& event, Cause cause);
  void say_refused(const Setup& setup, Cause cause) const;
  [[nodiscard]] Choice choose_channel(const Setup& setup) const;
  [[nodiscard]] bool is_free(unsigned timeslot, const Channel& channel) const;
  [[nodiscard]] bool number_is_complete(const Setup& setup) const;
  [[nodiscard]] bool ignores_strangers() const noexcept;
  void trigger(Call& call, CallTrigger trigger, Clock::time_point now);
  void act(Call& call, CallAction action);
  void offer(const Call& call);
  void line_is_back(unsigned timeslot, Channel& channel, const ToSpan& word, Clock::time_point now);
  void stray_is_over(Channel& channel) noexcept;
  void end_by_restart(unsigned timeslot);
  void end(const Call& call);
  void tell_gone(const Call& call, Cause cause);
  void layer2(bool up);
  void tell_signalling();
  void tell_signalling(unsigned timeslot);
  void restart_next(Clock::time_point now);
  Call* call_with(CallHandle handle);
  Call* call_on(unsigned timeslot);
  [[nodiscard]] bool signalling_is_down() const noexcept { return alarm_ || !layer2_up_; }

  SpanSettings settings_;
  Access access_;
  Signalling& signalling_;
  LineSide& lines_;
  std::uint64_t next_call_;
  std::map<unsigned, Channel> channels_;  // by timeslot
  std::map<CallHandle, Call> calls_;
  bool layer2_up_ = false, alarm_ = false, draining_ = false;
  bool waited_ = false;  // layer 2 was up once, or long enough to come up is over
  std::optional<Clock::time_point> first_deadline_;
  unsigned restarting_ = 0;  // the timeslot whose RESTART is not acknowledged yet
  Clock::time_point restart_deadline_;
};

}  // namespace span
