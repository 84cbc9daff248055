// SPDX-License-Identifier: GPL-2.0-or-later
// The supervisor: starts a line and a page process for each line and one spool process, watches them, starts
// again what dies, and lets calls finish when it is told to stop. It parses nothing that a caller sent: of what
// a line process shows of itself it makes printable words, for the control socket (base/control_server.hpp). One thread,
// one event loop, which never waits.
//
//   SIGTERM, SIGINT   no new calls; ends when the running ones are over, at the latest after drain_limit_s
//   a second one      ends the running calls now; pages that came so far are kept
//   SIGHUP            reads the configuration again; with a mistake in it the old one stays in force
#pragma once

#include <functional>

#include "src/faxrx/settings.hpp"

namespace faxrx {

// What the supervisor is started with. `reread` reads file and options as at the start: for SIGHUP. Mistakes are
// collected; it may throw base::Failure or std::system_error.
struct Configuration {
  Settings settings;
  std::function<Settings(base::Mistakes&)> reread;
};

// Runs until it is stopped, or until no line will ever have a call again (recordings). Returns the exit code.
// Throws base::Failure or std::system_error when it cannot start.
int supervise(Configuration configuration);

}  // namespace faxrx
