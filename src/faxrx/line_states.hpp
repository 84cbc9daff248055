// SPDX-License-Identifier: GPL-2.0-or-later
// The life of a line as one table: which state takes which trigger, where it goes, what is done on the way. A
// trigger that a state does not list is ignored there. Every state but `ready` has a way out by time, so that
// no caller, noise or silence can hold a line for ever.
#pragma once

#include <array>
#include <cstdint>

namespace faxrx {

enum class LineState : std::uint8_t { ready, ringing, listening, receiving, ending, guard, count };

enum class Trigger : std::uint8_t {
  ring_begins,
  rings_enough,  // as many whole rings as the settings want
  rings_enough_to_listen,
  cng_heard,     // while listening, or by a line that takes over from another telephone
  refused,       // by the settings, on a line that can say so
  nobody_there,  // listened long enough, and shall not answer without CNG
  caller_gone,
  receiver_done,  // T.30 came to an end
  line_trouble,
  too_late,   // the state's time is over
  stop,       // the service is being stopped now
  hang_up,    // the operator ends the call
  pages_sent  // the page process has all there is of the call
};

enum class Action : std::uint8_t {
  none,
  note_ringing,
  note_not_answered,
  answer,     // as a fax machine
  listen,     // take the line, and be silent
  receive,    // go on as a fax machine
  take_over,  // from another telephone on the same line
  end_call,
  close_call
};

struct StateRow {
  LineState state;
  const char* name;     // as logs and status show it
  const char* way_out;  // what ends it at the latest
};

inline constexpr std::array<StateRow, static_cast<std::size_t>(LineState::count)> line_states = {{
    {LineState::ready, "ready", "none: nothing is held"},
    {LineState::ringing, "ringing", "8 s of the line's time without a new ring: the caller gave up"},
    {LineState::listening, "listening", "listen_s"},
    {LineState::receiving, "receiving", "longest_call_min"},
    {LineState::ending, "ending", "10 s of wall time: the page process has what came through"},
    {LineState::guard, "guard", "the line's guard time"},
}};

struct Transition {
  LineState from;
  Trigger on;
  LineState to;
  Action action;
};

inline constexpr std::array line_transitions = {
    Transition{LineState::ready, Trigger::ring_begins, LineState::ringing, Action::note_ringing},
    Transition{LineState::ringing, Trigger::ring_begins, LineState::ringing, Action::none},
    Transition{LineState::ringing, Trigger::rings_enough, LineState::receiving, Action::answer},
    Transition{LineState::ringing, Trigger::rings_enough_to_listen, LineState::listening, Action::listen},
    Transition{LineState::ringing, Trigger::cng_heard, LineState::receiving, Action::answer},
    Transition{LineState::ready, Trigger::cng_heard, LineState::receiving, Action::take_over},
    Transition{LineState::listening, Trigger::cng_heard, LineState::receiving, Action::receive},
    Transition{LineState::listening, Trigger::too_late, LineState::receiving, Action::receive},
    Transition{LineState::listening, Trigger::nobody_there, LineState::ending, Action::end_call},
    Transition{LineState::listening, Trigger::caller_gone, LineState::ending, Action::end_call},
    Transition{LineState::listening, Trigger::line_trouble, LineState::ending, Action::end_call},
    Transition{LineState::listening, Trigger::stop, LineState::ending, Action::end_call},
    Transition{LineState::listening, Trigger::hang_up, LineState::ending, Action::end_call},
    Transition{LineState::ringing, Trigger::caller_gone, LineState::ready, Action::note_not_answered},
    Transition{LineState::ringing, Trigger::too_late, LineState::ready, Action::note_not_answered},
    Transition{LineState::ringing, Trigger::line_trouble, LineState::ready, Action::note_not_answered},
    Transition{LineState::ringing, Trigger::refused, LineState::ready, Action::note_not_answered},
    Transition{LineState::ringing, Trigger::stop, LineState::ready, Action::note_not_answered},
    Transition{LineState::receiving, Trigger::receiver_done, LineState::ending, Action::end_call},
    Transition{LineState::receiving, Trigger::caller_gone, LineState::ending, Action::end_call},
    Transition{LineState::receiving, Trigger::line_trouble, LineState::ending, Action::end_call},
    Transition{LineState::receiving, Trigger::too_late, LineState::ending, Action::end_call},
    Transition{LineState::receiving, Trigger::stop, LineState::ending, Action::end_call},
    Transition{LineState::receiving, Trigger::hang_up, LineState::ending, Action::end_call},
    Transition{LineState::ending, Trigger::pages_sent, LineState::guard, Action::close_call},
    Transition{LineState::ending, Trigger::too_late, LineState::guard, Action::close_call},
    Transition{LineState::guard, Trigger::too_late, LineState::ready, Action::none},
};

constexpr const Transition* find_transition(LineState from, Trigger on) noexcept {
  for (const Transition& transition : line_transitions)
    if (transition.from == from && transition.on == on) return &transition;
  return nullptr;
}

}  // namespace faxrx
