// SPDX-License-Identifier: GPL-2.0-or-later
// The life of a call on an ISDN span as one table: which state takes which trigger, where it goes, what is done on the
// way. It is the user's side of Q.931 (5.2, incoming calls) as far as this program has a part in it; what libpri does by
// itself is not here. A trigger that a state does not list is ignored there. Every state has a way out by time; and whatever
// its state, a call is over when the signalling says so, or when the exchange restarts its channel.
#pragma once

#include <array>
#include <cstdint>

namespace span {

enum class CallState : std::uint8_t {
  collecting,  // SETUP ACKNOWLEDGE said: digits come one by one
  offered,     // CALL PROCEEDING said, its line told
  ringing,     // ALERTING said
  connecting,  // CONNECT said
  connected,
  clearing,  // we have hung up, and wait for the exchange's word
  count
};

enum class CallTrigger : std::uint8_t {
  number_complete,
  number_unknown,
  line_alerts,
  line_answers,
  line_hangs_up,
  line_closed,  // its process ended, or has begun anew
  connect_acknowledged,
  network_clears,    // DISCONNECT
  network_released,  // RELEASE
  too_late           // the state's time is over
};

enum class CallAction : std::uint8_t {
  none,
  offer,   // say CALL PROCEEDING, tell a line
  refuse,  // with the cause at hand
  alert,
  connect,
  hang_up,            // with the line's cause
  clear_for_line,     // the line is gone
  clear_for_network,  // tell the line, answer the exchange
  time_out,           // tell the line, hang up
  give_up             // the exchange never said its last word: forget
};

struct CallStateRow {
  CallState state;
  const char* name;        // as the log shows it
  std::uint32_t limit_ms;  // 0: not ours, see way_out
  const char* way_out;
};

inline constexpr std::array<CallStateRow, static_cast<std::size_t>(CallState::count)> call_states = {{
    {CallState::collecting, "collecting digits", 0, "overlap_timeout_s: the number is what has come"},
    {CallState::offered, "offered", 4'000, "4 s: a line's process says something at once"},
    {CallState::ringing, "ringing", 200'000, "200 s; the line gives up after 180 s, exchanges too (T301)"},
    {CallState::connecting, "connecting", 10'000, "10 s; libpri's T313 is 4 s"},
    {CallState::connected, "connected", 0, "the line's longest_call_min"},
    {CallState::clearing, "clearing", 45'000, "45 s: T305 (30 s), then T308 twice (4 s)"},
}};

struct CallTransition {
  CallState from;
  CallTrigger on;
  CallState to;
  CallAction action;
};

inline constexpr std::array call_transitions = {
    CallTransition{CallState::collecting, CallTrigger::number_complete, CallState::offered,
                   CallAction::offer},
    CallTransition{CallState::collecting, CallTrigger::number_unknown, CallState::clearing,
                   CallAction::refuse},
    CallTransition{CallState::collecting, CallTrigger::network_clears, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::collecting, CallTrigger::network_released, CallState::clearing,
                   CallAction::clear_for_network},

    CallTransition{CallState::offered, CallTrigger::line_alerts, CallState::ringing, CallAction::alert},
    CallTransition{CallState::offered, CallTrigger::line_answers, CallState::connecting, CallAction::connect},
    CallTransition{CallState::offered, CallTrigger::line_hangs_up, CallState::clearing, CallAction::hang_up},
    CallTransition{CallState::offered, CallTrigger::line_closed, CallState::clearing,
                   CallAction::clear_for_line},
    CallTransition{CallState::offered, CallTrigger::network_clears, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::offered, CallTrigger::network_released, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::offered, CallTrigger::too_late, CallState::clearing, CallAction::time_out},

    CallTransition{CallState::ringing, CallTrigger::line_answers, CallState::connecting, CallAction::connect},
    CallTransition{CallState::ringing, CallTrigger::line_hangs_up, CallState::clearing, CallAction::hang_up},
    CallTransition{CallState::ringing, CallTrigger::line_closed, CallState::clearing,
                   CallAction::clear_for_line},
    CallTransition{CallState::ringing, CallTrigger::network_clears, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::ringing, CallTrigger::network_released, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::ringing, CallTrigger::too_late, CallState::clearing, CallAction::time_out},

    CallTransition{CallState::connecting, CallTrigger::connect_acknowledged, CallState::connected,
                   CallAction::none},
    CallTransition{CallState::connecting, CallTrigger::line_hangs_up, CallState::clearing,
                   CallAction::hang_up},
    CallTransition{CallState::connecting, CallTrigger::line_closed, CallState::clearing,
                   CallAction::clear_for_line},
    CallTransition{CallState::connecting, CallTrigger::network_clears, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::connecting, CallTrigger::network_released, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::connecting, CallTrigger::too_late, CallState::clearing, CallAction::time_out},

    CallTransition{CallState::connected, CallTrigger::line_hangs_up, CallState::clearing,
                   CallAction::hang_up},
    CallTransition{CallState::connected, CallTrigger::line_closed, CallState::clearing,
                   CallAction::clear_for_line},
    CallTransition{CallState::connected, CallTrigger::network_clears, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::connected, CallTrigger::network_released, CallState::clearing,
                   CallAction::clear_for_network},

    // Both may hang up at the same time.
    CallTransition{CallState::clearing, CallTrigger::network_clears, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::clearing, CallTrigger::network_released, CallState::clearing,
                   CallAction::clear_for_network},
    CallTransition{CallState::clearing, CallTrigger::too_late, CallState::clearing, CallAction::give_up},
};

constexpr const CallTransition* find_transition(CallState from, CallTrigger on) noexcept {
  for (const CallTransition& transition : call_transitions)
    if (transition.from == from && transition.on == on) return &transition;
  return nullptr;
}

}  // namespace span
