// SPDX-License-Identifier: GPL-2.0-or-later
// The span process: Q.931 for one ISDN span, by libpri, and nothing else. It parses what an exchange sends, so once its
// D channel is open it gives up files, network, new processes; its lines it reaches by the links that the supervisor
// hands it. A crash in it takes no call with it (hw/isdn/call_link.hpp), and costs a second without signalling.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "src/base/unique_fd.hpp"
#include "src/span/span_plan.hpp"

namespace span {

// What the supervisor and a span process say over their SOCK_SEQPACKET socket. `channel` comes with a descriptor, the
// span's end of that line's link (SCM_RIGHTS); cannot_open has a text after it.
enum class ControlWord : char {
  channel = 'c',  // supervisor → span: ChannelWord
  drain = 'd',  // supervisor → span: no new call, and end after the last; so does the socket's end of file
  is_open = 'o',      // span → supervisor, once
  cannot_open = 'x',  // span → supervisor, instead: then why, a sentence for the operator
  alive = 'a'         // span → supervisor, every few seconds: one that hangs is ended
};
struct ChannelWord {
  ControlWord word = ControlWord::channel;
  std::uint32_t timeslot = 0;
  std::array<char, 32> line{};  // its name in logs
};
bool send_channel(int control, unsigned timeslot, const std::string& line, int link) noexcept;

inline constexpr int alive_interval_s = 5;

// Gives up everything but the D channel and its sockets. In a process of its own only: it is for ever.
void lock_down_span();

// The body of the process; returns its exit code: EX_UNAVAILABLE when the D channel cannot be opened or is gone.
int run_span(const hw::isdn::SpanPlace& place, const SpanSettings& settings, base::UniqueFd control);

}  // namespace span
