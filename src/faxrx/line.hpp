// SPDX-License-Identifier: GPL-2.0-or-later
// The line process: owns one line, and turns calls into records in its ring. It listens to strangers, so once
// its line is open it gives up everything else: files, network, new processes. It waits for its line, for its
// page process's word and for the supervisor, never for a disk, and logs by ring.
#pragma once

#include "src/base/ring.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxrx/settings.hpp"

namespace faxrx {

// What the supervisor and a line process say over their socket, one byte each.
enum class ControlWord : char {
  line_is_open = 'o',  // line → supervisor, once: and the page process is ready for a call
  drain = 'd',         // supervisor → line: no new call; end after the one that runs
  stop = 's'           // supervisor → line: end the call now, keep its pages
};

struct LineLinks {
  base::RingMemory* ring;
  base::UniqueFd page;        // SOCK_SEQPACKET to the page process; its end of file: that process is dead
  base::UniqueFd control;     // SOCK_SEQPACKET to the supervisor; its end of file = drain
  bool audio_wanted = false;  // the page process records calls
};

// Gives up everything but the line, the ring and the two sockets. In a process of its own only: it is for
// ever.
void lock_down_line();

// The body of the process; returns its exit code. Throws base::Failure when the line cannot be opened.
int run_line(const ServedLine& served, LineLinks links);

}  // namespace faxrx
