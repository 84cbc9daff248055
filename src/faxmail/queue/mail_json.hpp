// SPDX-License-Identifier: GPL-2.0-or-later
// A mail of the queue as dahdi-faxmail-control(5) shows it. Called by the answers to the operator's commands.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "src/faxmail/queue.hpp"

namespace faxmail {

[[nodiscard]] nlohmann::ordered_json mail_as_json(const Job& job, const Queue& queue);
// A folder whose state cannot be read.
[[nodiscard]] nlohmann::ordered_json unreadable_as_json(const base::CallId& id, const std::string& why);
[[nodiscard]] nlohmann::ordered_json troubles_as_json(const MailServers& servers);

}  // namespace faxmail
