// SPDX-License-Identifier: GPL-2.0-or-later
// The life of an ISDN line as one table: which state takes which trigger, where it goes, what is done on the way. A
// trigger that a state does not list is ignored there. As no bell rings on such a line, rings are made up while a call
// waits, so that the settings about rings mean what they mean elsewhere.
#pragma once

#include <array>
#include <cstdint>

namespace hw::isdn {

enum class IsdnState : std::uint8_t { idle, ringing, connected, left, gone, count };

enum class IsdnTrigger : std::uint8_t {
  call_offered,
  call_unwelcome,  // offered, while the line takes none
  caller_gone,
  answered,
  hung_up,
  too_late,  // the state's time is over
  card_gone
};

enum class IsdnAction : std::uint8_t {
  none,
  ring,    // take the sound, tell the owner, tell the network that it rings
  refuse,  // tell the network why not
  connect,
  note_caller_gone,
  hang_up,          // tell the network, give the sound back
  give_back_sound,  // the network knows
  close_card
};

struct IsdnStateRow {
  IsdnState state;
  const char* name;
  const char* way_out;  // what ends it at the latest
};

inline constexpr std::array<IsdnStateRow, static_cast<std::size_t>(IsdnState::count)> isdn_states = {{
    {IsdnState::idle, "idle", "none: nothing is held"},
    {IsdnState::ringing, "ringing", "3 min, as exchanges let it ring (Q.931, T301)"},
    {IsdnState::connected, "connected", "the owner's longest call"},
    {IsdnState::left, "left", "the owner hangs up"},
    {IsdnState::gone, "gone", "none: the process ends"},
}};

struct IsdnTransition {
  IsdnState from;
  IsdnTrigger on;
  IsdnState to;
  IsdnAction action;
};

inline constexpr std::array isdn_transitions = {
    IsdnTransition{IsdnState::idle, IsdnTrigger::call_offered, IsdnState::ringing, IsdnAction::ring},
    IsdnTransition{IsdnState::idle, IsdnTrigger::call_unwelcome, IsdnState::idle, IsdnAction::refuse},
    IsdnTransition{IsdnState::idle, IsdnTrigger::card_gone, IsdnState::gone, IsdnAction::close_card},

    IsdnTransition{IsdnState::ringing, IsdnTrigger::answered, IsdnState::connected, IsdnAction::connect},
    IsdnTransition{IsdnState::ringing, IsdnTrigger::caller_gone, IsdnState::left,
                   IsdnAction::note_caller_gone},
    IsdnTransition{IsdnState::ringing, IsdnTrigger::hung_up, IsdnState::idle, IsdnAction::hang_up},
    IsdnTransition{IsdnState::ringing, IsdnTrigger::too_late, IsdnState::left, IsdnAction::note_caller_gone},
    IsdnTransition{IsdnState::ringing, IsdnTrigger::card_gone, IsdnState::gone, IsdnAction::close_card},

    IsdnTransition{IsdnState::connected, IsdnTrigger::caller_gone, IsdnState::left,
                   IsdnAction::note_caller_gone},
    IsdnTransition{IsdnState::connected, IsdnTrigger::hung_up, IsdnState::idle, IsdnAction::hang_up},
    IsdnTransition{IsdnState::connected, IsdnTrigger::card_gone, IsdnState::gone, IsdnAction::close_card},

    IsdnTransition{IsdnState::left, IsdnTrigger::hung_up, IsdnState::idle, IsdnAction::give_back_sound},
    IsdnTransition{IsdnState::left, IsdnTrigger::card_gone, IsdnState::gone, IsdnAction::close_card},
};

constexpr const IsdnTransition* find_transition(IsdnState from, IsdnTrigger on) noexcept {
  for (const IsdnTransition& transition : isdn_transitions)
    if (transition.from == from && transition.on == on) return &transition;
  return nullptr;
}

constexpr bool is_in_call(IsdnState state) noexcept {
  return state == IsdnState::ringing || state == IsdnState::connected || state == IsdnState::left;
}

}  // namespace hw::isdn
