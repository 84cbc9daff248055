// SPDX-License-Identifier: GPL-2.0-or-later
// The life of an FXO port as one table: which state takes which trigger, where it goes, what is done on the way. A
// trigger that a state does not list is ignored there: what the driver tells of an old call harms no new one. So is
// a ring's end without its beginning: the driver (rbs_itimer_expire) makes one up 1.85 s after an answer, when the
// caller was just hanging up as its 600 ms after the answer ended. Each state between calls has a way out by time;
// in a call, the longest call is its owner's.
#pragma once

#include <array>
#include <cstdint>

namespace hw::dahdi {

enum class FxoState : std::uint8_t { on_hook, signalled, ringing, told, off_hook, left, gone, count };

enum class FxoTrigger : std::uint8_t {
  burst_begins,     // RINGBEGIN
  burst_is_a_ring,  // and no signal that asks us to hear the caller ID: at once, but in Japan
  short_burst,      // such a signal is over
  no_signal,        // a burst is over that was neither, or the signal again
  ring_ends,        // RINGOFFHOOK
  message_heard,    // a caller ID
  answered,
  caller_gone,
  hung_up,
  too_late,  // the state's time is over
  card_gone
};

enum class FxoAction : std::uint8_t {
  none,
  note_ring,  // and whose call it is, with the first one
  note_whole_ring,
  forget_caller,
  listen_off_hook,
  take_line,
  note_caller_gone,
  await_ring,  // hang up, the caller told
  put_down,
  close_card
};

struct FxoStateRow {
  FxoState state;
  const char* name;
  const char* way_out;  // what ends it at the latest
};

inline constexpr std::array<FxoStateRow, static_cast<std::size_t>(FxoState::count)> fxo_states = {{
    {FxoState::on_hook, "on-hook", "none: nothing is held"},
    {FxoState::signalled, "signalled", "10 s without a ring"},
    {FxoState::ringing, "ringing", "10 s without a ring"},
    {FxoState::told, "told", "7 s: an exchange in Japan gives up as well"},
    {FxoState::off_hook, "off-hook", "the owner's longest call"},
    {FxoState::left, "left", "the owner hangs up"},
    {FxoState::gone, "gone", "none: the process ends"},
}};

struct FxoTransition {
  FxoState from;
  FxoTrigger on;
  FxoState to;
  FxoAction action;
};

inline constexpr std::array fxo_transitions = {
    FxoTransition{FxoState::on_hook, FxoTrigger::burst_begins, FxoState::signalled, FxoAction::none},
    FxoTransition{FxoState::on_hook, FxoTrigger::answered, FxoState::off_hook, FxoAction::take_line},
    FxoTransition{FxoState::on_hook, FxoTrigger::hung_up, FxoState::on_hook, FxoAction::forget_caller},
    FxoTransition{FxoState::on_hook, FxoTrigger::card_gone, FxoState::gone, FxoAction::close_card},

    FxoTransition{FxoState::signalled, FxoTrigger::burst_is_a_ring, FxoState::ringing, FxoAction::note_ring},
    FxoTransition{FxoState::signalled, FxoTrigger::short_burst, FxoState::told, FxoAction::listen_off_hook},
    FxoTransition{FxoState::signalled, FxoTrigger::no_signal, FxoState::on_hook, FxoAction::none},
    FxoTransition{FxoState::signalled, FxoTrigger::answered, FxoState::off_hook, FxoAction::take_line},
    FxoTransition{FxoState::signalled, FxoTrigger::hung_up, FxoState::on_hook, FxoAction::forget_caller},
    FxoTransition{FxoState::signalled, FxoTrigger::too_late, FxoState::on_hook, FxoAction::forget_caller},
    FxoTransition{FxoState::signalled, FxoTrigger::card_gone, FxoState::gone, FxoAction::close_card},

    FxoTransition{FxoState::ringing, FxoTrigger::burst_begins, FxoState::ringing, FxoAction::note_ring},
    FxoTransition{FxoState::ringing, FxoTrigger::ring_ends, FxoState::ringing, FxoAction::note_whole_ring},
    FxoTransition{FxoState::ringing, FxoTrigger::answered, FxoState::off_hook, FxoAction::take_line},
    FxoTransition{FxoState::ringing, FxoTrigger::hung_up, FxoState::on_hook, FxoAction::forget_caller},
    FxoTransition{FxoState::ringing, FxoTrigger::too_late, FxoState::on_hook, FxoAction::forget_caller},
    FxoTransition{FxoState::ringing, FxoTrigger::card_gone, FxoState::gone, FxoAction::close_card},

    FxoTransition{FxoState::told, FxoTrigger::message_heard, FxoState::on_hook, FxoAction::await_ring},
    FxoTransition{FxoState::told, FxoTrigger::answered, FxoState::off_hook, FxoAction::take_line},
    FxoTransition{FxoState::told, FxoTrigger::caller_gone, FxoState::on_hook, FxoAction::await_ring},
    FxoTransition{FxoState::told, FxoTrigger::hung_up, FxoState::on_hook, FxoAction::put_down},
    FxoTransition{FxoState::told, FxoTrigger::too_late, FxoState::on_hook, FxoAction::await_ring},
    FxoTransition{FxoState::told, FxoTrigger::card_gone, FxoState::gone, FxoAction::close_card},

    FxoTransition{FxoState::off_hook, FxoTrigger::caller_gone, FxoState::left, FxoAction::note_caller_gone},
    FxoTransition{FxoState::off_hook, FxoTrigger::hung_up, FxoState::on_hook, FxoAction::put_down},
    FxoTransition{FxoState::off_hook, FxoTrigger::card_gone, FxoState::gone, FxoAction::close_card},

    FxoTransition{FxoState::left, FxoTrigger::hung_up, FxoState::on_hook, FxoAction::put_down},
    FxoTransition{FxoState::left, FxoTrigger::card_gone, FxoState::gone, FxoAction::close_card},
};

constexpr const FxoTransition* find_transition(FxoState from, FxoTrigger on) noexcept {
  for (const FxoTransition& transition : fxo_transitions)
    if (transition.from == from && transition.on == on) return &transition;
  return nullptr;
}

constexpr bool is_on_hook(FxoState state) noexcept {
  return state == FxoState::on_hook || state == FxoState::signalled || state == FxoState::ringing;
}
constexpr bool is_in_call(FxoState state) noexcept {
  return state == FxoState::off_hook || state == FxoState::left;
}

}  // namespace hw::dahdi
