// SPDX-License-Identifier: GPL-2.0-or-later
// What one asks in a story: "dahdi-faxrx status" and "dahdi-faxrx --list-channels", as an operator would.
#pragma once

#include <chrono>
#include <string>

#include "tests/vm/two_ends.hpp"

namespace vm {

// Of a line that dahdi-faxrx serves: "ready", "no_line" ...; empty: it answers nothing of that line.
std::string state_of_line(const CentralOffice& office, const std::string& line);
unsigned pages_so_far(const CentralOffice& office, const std::string& line);  // of the call in progress
bool becomes(const CentralOffice& office, const std::string& line, const std::string& state,
             std::chrono::seconds limit = std::chrono::seconds(20));
// Of a channel of the driver's: "ready", "in_use", "no_line" ...; empty: it is not listed.
std::string state_of_channel(const CentralOffice& office, unsigned channel);
bool has_alarm(const CentralOffice& office, unsigned channel);

}  // namespace vm
