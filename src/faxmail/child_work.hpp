// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxmail's children do, and what is taken from them before they do it. Each function is called in
// a child process of its own and never in the service; what it takes away is gone for good.
#pragma once

#include <filesystem>
#include <string>

#include "src/faxmail/delivery.hpp"

namespace faxmail {

// One delivery, in a process that may read the system's own files and the message and write no file; its
// result goes to `output` as JSON. `message_fd`: the message's path stands for this fd (/proc/self/fd/N),
// which stays open.
int deliver_in_child(const DeliveryRequest& request, const Smtp& smtp, int output, int message_fd = -1);

// What the two begin with, for the tests that prove it.
void give_up_all_but_mailing(const std::filesystem::path& message, int output, int message_fd,
                             const std::filesystem::path& ca_file = {});

std::string to_json(const DeliveryResult& result);
// What a delivery's process wrote; when it is no result (killed, crashed), everybody is `later` with
// `otherwise`.
DeliveryResult result_from(const std::string& json, const DeliveryRequest& request,
                           const std::string& otherwise);

}  // namespace faxmail
