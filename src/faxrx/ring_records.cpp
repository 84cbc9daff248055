// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/ring_records.hpp"

namespace faxrx {
namespace {

struct Words {
  const char* code;
  const char* sentence;
};
constexpr std::array<Words, 13> words = {{
    {"completed", "the caller sent everything and was told so"},
    {"caller_hung_up", "the caller hung up before the end"},
    {"no_fax", "nobody spoke as a fax machine does"},
    {"failed", "the two machines lost each other"},
    {"slower_than_allowed", "the caller's machine is slower than min_rate allows"},
    {"wrong_password", "the caller did not send the password"},
    {"incompatible", "the caller's machine wanted what cannot be received here"},
    {"line_trouble", "the line failed"},
    {"too_long", "the call was longer than longest_call_min allows"},
    {"stopped", "the service was stopped during the call"},
    {"not_stored", "a page could not be stored, and the caller was not told that it was"},
    {"broken", "the call's process ended unexpectedly"},
    {"ended_here", "the operator ended the call"},
}};

}  // namespace

// Bounded: the value came through a ring.
const char* code_of(CallOutcome outcome) noexcept {
  return words[static_cast<std::size_t>(outcome) % words.size()].code;
}
const char* sentence_of(CallOutcome outcome) noexcept {
  return words[static_cast<std::size_t>(outcome) % words.size()].sentence;
}

}  // namespace faxrx
