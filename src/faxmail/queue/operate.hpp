// SPDX-License-Identifier: GPL-2.0-or-later
// `dahdi-faxmail queue`, `retry`, `show`, `hold`, `release` and `drop`: the running service is asked over its control
// socket, dahdi-faxmail-control(5), and does it; when none runs, the command takes the spool's lock and does the same
// itself. Called by main.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "src/faxmail/settings.hpp"

namespace faxmail {

struct QueueWish {
  std::string command;           // as in the protocol; empty: none
  std::vector<std::string> ids;  // for all but "queue"
  bool json = false;
  bool yes = false;  // drop without asking
};

// Returns the exit code of dahdi-faxmail(8). Throws base::Failure or std::system_error when neither the service nor the
// spool can be had.
int run_queue_command(const Settings& settings, const QueueWish& wish, std::FILE* to);

// Answers for a person.
[[nodiscard]] std::string queue_table(const nlohmann::ordered_json& answer);
[[nodiscard]] std::string mail_in_words(const nlohmann::ordered_json& mail);

}  // namespace faxmail
