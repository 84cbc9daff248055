// SPDX-License-Identifier: GPL-2.0-or-later
// The queue's commands on dahdi-faxmail's command line. For main.cpp alone.
#pragma once

#include <CLI/CLI.hpp>

#include "src/faxmail/queue/operate.hpp"

namespace faxmail {

// `wish` outlives the app; its command is filled in when one of them is there.
void add_queue_commands(CLI::App& app, QueueWish& wish);

}  // namespace faxmail
