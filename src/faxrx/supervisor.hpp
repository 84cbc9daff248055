// SPDX-License-Identifier: GPL-2.0-or-later
// The supervisor: starts a line and a page process for each line and one spool process, watches them, starts
// again what dies, and lets calls finish when it is told to stop. It parses nothing that a caller sent. One
// thread, one event loop.
//
//   SIGTERM, SIGINT, SIGHUP   no new calls; ends when the running ones are over, at the latest after
//   drain_limit_s a second one              ends the running calls now; pages that came so far are kept
#pragma once

#include "src/faxrx/settings.hpp"

namespace faxrx {

// Runs until it is stopped, or until no line will ever have a call again (recordings). Returns the exit code.
// Throws base::Failure or std::system_error when it cannot start.
int supervise(const Settings& settings);

}  // namespace faxrx
