// SPDX-License-Identifier: GPL-2.0-or-later
// `dahdi-faxrx status`, `block`, `unblock` and `hangup`: asks the running service over its control socket,
// dahdi-faxrx-control(5), and shows the answer. Called by main.
#pragma once

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace faxrx {

struct ControlWish {
  std::string command;  // as in the protocol
  std::vector<std::string> lines;
  bool json = false;
};

// Returns the exit code; 65 when the service refuses, which is said on standard error. Throws base::Failure when
// the service does not run or does not answer.
int run_control(const std::filesystem::path& socket, const ControlWish& wish, std::FILE* to);

// A status answer as a table for a person.
[[nodiscard]] std::string status_table(const nlohmann::ordered_json& answer);

}  // namespace faxrx
