// SPDX-License-Identifier: GPL-2.0-or-later
// What the span process of an ISDN span and the line process of one of its B channels say to each other, over a
// SOCK_SEQPACKET pair that the supervisor made and keeps: either process may die and come back, and finds the same
// link. So a word can come from the one that was before: each names its call by a number that no other call on this
// link has had, and `how_are_you` and `here_i_am` begin anew. Both sides may use these functions; RT safe.
//
//   span → line                              line → span
//   how_are_you   the span process is new    here_i_am   the answer, and at the line's opening, and after any
//                                                        change: would it take calls, is it in one
//   rings         a call, with its identity  alerts      it will answer, or at least let it ring
//                                            answers     the line is taken, the sound is connected
//   caller_gone   with the network's cause   hangs_up    with a cause; also of a call that was not answered
//   signalling    up or down                 closed      said by the supervisor when the process has ended
#pragma once

#include <cstdint>
#include <optional>

#include "hw/law.hpp"
#include "hw/line.hpp"

namespace hw::isdn {

// Causes as ITU-T Q.850 numbers them; those that are said or understood here.
using Cause = std::uint8_t;
namespace cause {
inline constexpr Cause unallocated = 1, normal = 16, user_busy = 17, no_answer = 19, rejected = 21,
                       no_circuit = 34, out_of_order = 38, temporary_failure = 41, congestion = 42,
                       channel_unavailable = 44, incompatible = 88, timer_expired = 102;
}  // namespace cause

enum class SpanWord : std::uint32_t { how_are_you = 1, rings, caller_gone, signalling };
enum class LineWord : std::uint32_t { here_i_am = 1, alerts, answers, hangs_up, closed };

// Whether a line would take a call now, and why not.
enum class Welcome : std::uint8_t { yes, no, no_room };

struct ToLine {
  SpanWord word;
  Cause cause = 0;         // caller_gone
  bool up = false;         // signalling
  Law law = Law::unknown;  // rings
  std::uint8_t zero = 0;
  std::uint64_t call = 0;      // rings, caller_gone
  CallIdentity identity = {};  // rings
};

struct ToSpan {
  LineWord word;
  Cause cause = 0;                // hangs_up
  Welcome welcome = Welcome::no;  // here_i_am
  std::uint16_t zero = 0;
  std::uint64_t call = 0;  // alerts, answers, hangs_up; here_i_am: the one it is in, 0 = none
};

// False: the other side does not take its words, or is gone.
bool say(int link, const ToLine& word) noexcept;
bool say(int link, const ToSpan& word) noexcept;
// The next word; nothing when there is none. What is no word is passed over.
std::optional<ToLine> hear_span(int link) noexcept;
std::optional<ToSpan> hear_line(int link) noexcept;

}  // namespace hw::isdn
