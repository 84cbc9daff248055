// SPDX-License-Identifier: GPL-2.0-or-later
// The T.30 procedure without audio: its table, and what must hold whatever a caller does.
#include <doctest/doctest.h>

#include <random>
#include <set>
#include <vector>

#include "tests/calls/procedure_driver.hpp"

using t30::Event;
using t30::State;

namespace {

using Octets = std::vector<std::uint8_t>;

// What a caller does in its senses, in the driver's octets (see ProcedureDriver::step).
const std::array<Octets, 21> sensible = {{
    {0, 4, t30::fcf::dcs, 0x00, 0x06, 0x00, 14, 14, 0x15, 0x16, 200, 0, 0x35, 13, 20},        // and TCF: MH
    {0, 5, t30::fcf::dcs, 0x00, 0x06, 0x80, 0x44, 14, 14, 0x15, 0x16, 200, 0, 0x35, 13, 20},  // MMR, ECM
    {0, 4, t30::fcf::dcs, 0x00, 0x06, 0x00, 14, 14, 0x15, 0x06, 200, 0x55, 0x35, 13, 20},     // bad TCF
    {0x15, 14, 0x06, 50, 0xAA, 0x35, 14},                                                     // an image
    {0x15, 14, 0x06, 50, 0xAA, 0x35, 14},
    {0x15, 14, 15, 7, 0x55, 0x35, 14},  // 7 frames
    {0x15, 14, 15, 255, 0x55, 0x35, 14},
    {0, 1, t30::fcf::mps, 13, 10},
    {0, 1, t30::fcf::eop, 13, 10},
    {0, 1, t30::fcf::eom, 13, 10},
    {0, 5, t30::fcf::pps, t30::fcf::eop, 0, 0, 6, 13, 10},
    {0, 5, t30::fcf::pps, t30::fcf::mps, 0, 0, 6, 13, 10},
    {0, 5, t30::fcf::pps, t30::fcf::null, 0, 0, 254, 13, 10},
    {0, 5, t30::fcf::pps, t30::fcf::mps, 0, 1, 254, 13, 10},
    {0, 2, t30::fcf::eor, t30::fcf::mps, 13, 10},
    {0, 3, t30::fcf::ctc, 0x00, 0x06, 13, 20},
    {0, 1, t30::fcf::rr, 13, 20},
    {0x0B, 13, 10},  // the page is good
    {0x1B, 13, 10},
    {0x3B, 13, 10},  // not stored
    {0, 1, t30::fcf::crp, 13, 10},
}};

// Whole pages by their moves: DCS and TCF, image, command, verdict.
const std::array<std::vector<std::size_t>, 6> pages = {
    {{0, 3, 7, 17}, {0, 3, 8, 18}, {1, 5, 10, 17}, {1, 5, 11, 17}, {1, 6, 12, 6, 13, 17}, {1, 5, 14, 17}}};

// Sense and nonsense in turn, so that calls get far.
Octets hostile_call(std::uint32_t seed) {
  std::mt19937 random(seed);
  Octets octets = {13, 45, 14};  // through phase A
  const auto play = [&](std::size_t move) {
    octets.insert(octets.end(), sensible[move].begin(), sensible[move].end());
  };
  for (std::size_t n = 1 + random() % 12; n > 0; --n) {
    for (const std::size_t move : pages[random() % pages.size()]) {
      if (random() % 8 != 0) play(move);
      if (random() % 10 == 0) play(random() % sensible.size());
    }
    if (random() % 4 != 0) continue;
    for (std::size_t i = 1 + random() % 8; i > 0; --i)
      octets.push_back(static_cast<std::uint8_t>(random()));
  }
  return octets;
}

}  // namespace

TEST_CASE("every state that waits for the caller has a row for its time") {
  for (const State state :
       {State::silence_before_ced, State::ced, State::silence_after_ced, State::awaiting_command,
        State::training, State::awaiting_image, State::awaiting_post_message, State::awaiting_verdict,
        State::awaiting_end, State::disconnecting}) {
    INFO(static_cast<int>(state));
    CHECK(t30::find_row(state, Event::timer) != nullptr);
  }
  for (int state = 0; state < static_cast<int>(State::disconnecting); ++state)
    CHECK(t30::find_row(static_cast<State>(state), Event::out_of_time) != nullptr);
}

TEST_CASE("no row of the table hides another") {
  std::set<std::pair<State, Event>> seen;
  for (const t30::Row& row : t30::table)
    CHECK(seen.insert({row.in, row.on}).second);
}

TEST_CASE("nothing but a verdict leads to the answer of a page") {
  for (const t30::Row& row : t30::table)
    if (row.action == t30::Action::answer_page) CHECK(row.on == Event::stored);
}

TEST_CASE("who says DCN hears nothing but DCN") {
  CHECK(t30::find_row(State::disconnecting, Event::dcs) == nullptr);
  CHECK(t30::find_row(State::disconnecting, Event::page_ends) == nullptr);
  CHECK(t30::find_row(State::disconnecting, Event::dcn) != nullptr);
  CHECK(t30::find_row(State::over, Event::dcs) == nullptr);
}

TEST_CASE("3000 hostile calls: no page is answered before its verdict, and each call ends") {
  unsigned answered = 0;
  for (std::uint32_t seed = 1; seed <= 3000; ++seed) {
    INFO(seed);
    calls::ProcedureDriver call{t30::Settings{}};
    call.run(hostile_call(seed));
    answered += call.pages_answered();
  }
  CHECK(answered > 300);  // or they did not get far
}

TEST_CASE(
    "a page's end that comes while we confirm a block is not confirmed by it, nor by CRP or RR thereafter") {
  const Octets phase_a = {13, 45, 14}, block_ends = {0, 5, t30::fcf::pps, t30::fcf::null, 0, 0, 6, 14, 14};
  const Octets page_ends_meanwhile = {0, 1, t30::fcf::mps, 13, 10};
  for (const std::uint8_t question : {t30::fcf::crp, t30::fcf::rr}) {
    Octets octets = phase_a;
    for (const Octets& move : {sensible[1], sensible[5], block_ends, page_ends_meanwhile})
      octets.insert(octets.end(), move.begin(), move.end());
    octets.insert(octets.end(), {0, 1, question, 13, 10});
    calls::ProcedureDriver call{t30::Settings{}};
    call.run(octets);
    CHECK(call.pages_answered() == 0);
  }
}
