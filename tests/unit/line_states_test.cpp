// SPDX-License-Identifier: GPL-2.0-or-later
// The table of a line's life, as a whole: nothing that a caller does can hold a line for ever.
#include "src/faxrx/line_states.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using faxrx::Action;
using faxrx::find_transition;
using faxrx::LineState;
using faxrx::Trigger;

TEST_CASE("each state stands at its own place in the table and has a name of its own") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < faxrx::line_states.size(); ++i) {
    CHECK(static_cast<std::size_t>(faxrx::line_states[i].state) == i);
    CHECK(names.insert(faxrx::line_states[i].name).second);
    CHECK_FALSE(std::string(faxrx::line_states[i].way_out).empty());
  }
}

TEST_CASE("every state but ready has a way out by time, and it leads elsewhere") {
  for (const faxrx::StateRow& row : faxrx::line_states) {
    INFO(std::string(row.name));
    const auto* way_out = find_transition(row.state, Trigger::too_late);
    CHECK((way_out != nullptr) == (row.state != LineState::ready));
    if (way_out != nullptr) CHECK(way_out->to != row.state);
  }
}

TEST_CASE("time alone brings every state back to ready") {
  for (const faxrx::StateRow& row : faxrx::line_states) {
    INFO(std::string(row.name));
    LineState state = row.state;
    for (std::size_t steps = 0; steps < faxrx::line_states.size() && state != LineState::ready; ++steps) {
      const auto* next = find_transition(state, Trigger::too_late);
      REQUIRE(next != nullptr);
      state = next->to;
    }
    CHECK(state == LineState::ready);
  }
}

TEST_CASE("each transition is between states that exist, and no trigger has two ways") {
  std::set<std::pair<LineState, Trigger>> seen;
  for (const faxrx::Transition& transition : faxrx::line_transitions) {
    CHECK(transition.from < LineState::count);
    CHECK(transition.to < LineState::count);
    CHECK(transition.on <= Trigger::pages_sent);
    CHECK(seen.insert({transition.from, transition.on}).second);
  }
}

TEST_CASE("no state is out of reach") {
  std::set<LineState> reached = {LineState::ready};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const faxrx::Transition& transition : faxrx::line_transitions)
      if (reached.count(transition.from) != 0) reached.insert(transition.to);
  }
  CHECK(reached.size() == faxrx::line_states.size());
}

TEST_CASE("whatever is answered is hung up and closed before the line is ready again") {
  for (const faxrx::Transition& transition : faxrx::line_transitions) {
    const bool is_ours = transition.from == LineState::receiving || transition.from == LineState::listening;
    if (transition.to == LineState::listening) CHECK(transition.action == Action::listen);
    if (transition.to == LineState::receiving && is_ours) CHECK(transition.action == Action::receive);
    if (transition.to == LineState::receiving && transition.from == LineState::ringing)
      CHECK(transition.action == Action::answer);
    if (transition.to == LineState::receiving && transition.from == LineState::ready)
      CHECK(transition.action == Action::take_over);
    if (is_ours && transition.to != LineState::receiving) {
      CHECK(transition.to == LineState::ending);
      CHECK(transition.action == Action::end_call);
    }
    if (transition.from == LineState::ending) CHECK(transition.action == Action::close_call);
    if (transition.from == LineState::ringing && transition.to == LineState::ready)
      CHECK(transition.action == Action::note_not_answered);
  }
  CHECK(find_transition(LineState::ready, Trigger::rings_enough) == nullptr);
}

TEST_CASE("a call from its first ring to the next call") {
  LineState state = LineState::ready;
  std::vector<Action> actions;
  for (const Trigger trigger : {Trigger::ring_begins, Trigger::ring_begins, Trigger::rings_enough,
                                Trigger::receiver_done, Trigger::pages_sent, Trigger::too_late}) {
    const auto* transition = find_transition(state, trigger);
    REQUIRE(transition != nullptr);
    state = transition->to;
    actions.push_back(transition->action);
  }
  CHECK(state == LineState::ready);
  CHECK(actions == std::vector<Action>{Action::note_ringing, Action::none, Action::answer, Action::end_call,
                                       Action::close_call, Action::none});
}
