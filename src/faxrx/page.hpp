// SPDX-License-Identifier: GPL-2.0-or-later
// The page process: the one reader of a line's ring. It decodes what strangers sent, writes each page to disk
// before it says a verdict, keeps the call's record, and speaks to the operator for its line. It may touch
// the spool and nothing else.
#pragma once

#include "src/base/ring.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxrx/settings.hpp"

namespace faxrx {

// Gives up everything but the ring, the socket to the line process, and incoming/, ready/, trace/ and
// recordings/ of the spool. For ever.
void lock_down_page(const Settings& settings);

// The body of the process. `line`: SOCK_SEQPACKET to the line process, whose death is its end of file: then
// what the ring still holds is finished, and the process ends. Returns its exit code.
int run_page(const ServedLine& served, const Settings& settings, base::RingMemory& ring, base::UniqueFd line);

}  // namespace faxrx
