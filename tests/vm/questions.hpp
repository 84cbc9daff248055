// SPDX-License-Identifier: GPL-2.0-or-later
// What one asks in a story: "dahdi-faxrx status" and "dahdi-faxrx --list-channels", as an operator would.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/vm/two_ends.hpp"

namespace vm {

// The folder of a FaxService.
struct ServiceFolder {
  ServiceFolder(const CentralOffice& office) : path(office.folder()) {}
  ServiceFolder(std::filesystem::path folder) : path(std::move(folder)) {}
  std::filesystem::path path;
};

// Of a line that dahdi-faxrx serves: "ready", "no_line" ...; empty: it answers nothing of that line.
std::string state_of_line(const ServiceFolder& folder, const std::string& line);
unsigned pages_so_far(const ServiceFolder& folder, const std::string& line);  // of the call in progress
bool becomes(const ServiceFolder& folder, const std::string& line, const std::string& state,
             std::chrono::seconds limit = std::chrono::seconds(20));
// Of a channel of the driver's: "ready", "in_use", "no_line" ...; empty: it is not listed.
std::string state_of_channel(const ServiceFolder& folder, unsigned channel);
std::string kind_of_channel(const ServiceFolder& folder, unsigned channel);  // "fxo", "b", "d" ...
bool has_alarm(const ServiceFolder& folder, unsigned channel);

}  // namespace vm
