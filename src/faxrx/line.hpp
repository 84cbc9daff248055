// SPDX-License-Identifier: GPL-2.0-or-later
// The line process: owns one line, and turns calls into records in its ring. It listens to strangers, so once
// its line is open it gives up everything else: files, network, new processes. It waits for its line, for its
// page process's word and for the supervisor, never for a disk, and logs by ring.
#pragma once

#include "src/base/ring.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxrx/settings.hpp"

namespace faxrx {

// What the supervisor and a line process say over their socket, one byte each; cannot_open alone has a text after it.
enum class ControlWord : char {
  line_is_open = 'o',  // line → supervisor, once: and the page process is ready for a call
  cannot_open = 'x',   // line → supervisor, instead: then why, a sentence for the operator
  drain = 'd',         // supervisor → line: no new call; end after the one that runs
  stop = 's',          // supervisor → line: end the call now, keep its pages
  block = 'b',         // supervisor → line: answer nothing until unblocked; a call that runs goes on
  unblock = 'u',       // supervisor → line
  hang_up = 'h'        // supervisor → line: end the call that runs, keep its pages; the line goes on
};

struct LineLinks {
  base::RingMemory* ring;
  base::UniqueFd page;        // SOCK_SEQPACKET to the page process; its end of file: that process is dead
  base::UniqueFd control;     // SOCK_SEQPACKET to the supervisor; its end of file = drain
  bool audio_wanted = false;  // the page process records calls
  base::UniqueFd span = {};   // to the process of the ISDN span it is a channel of; none on other lines
};

// Gives up everything but the line (a card's takes ioctl), the ring and the two sockets. In a process of its own only: it is for
// ever.
void lock_down_line(bool on_a_card = false);

// The body of the process; returns its exit code: EX_UNAVAILABLE when the line cannot be opened, which it does not
// log: the supervisor is told why, and knows whether that is news.
int run_line(const ServedLine& served, LineLinks links);

}  // namespace faxrx
