// SPDX-License-Identifier: GPL-2.0-or-later
// The spool process: gives each finished fax in SPOOL/ready to dahdi-faxmail and deletes it only after the
// ACK, which means that it is on dahdi-faxmail's disk. What is in ready/ is the backlog: if nobody takes it,
// it stays and is offered again, less and less often. One process; it may wait on the disk and on the
// hand-off socket.
#pragma once

#include "src/base/unique_fd.hpp"
#include "src/faxrx/settings.hpp"

namespace faxrx {

// Gives up everything but ready/ and refused/ of the spool and connections to Unix sockets. For ever.
void lock_down_spool(const Settings& settings);

// The body of the process. `control`: its end of file means one last round, then the end. Returns its exit
// code.
int run_spool(const Settings& settings, base::UniqueFd control);

}  // namespace faxrx
