// SPDX-License-Identifier: GPL-2.0-or-later
// The operator's commands on the queue, dahdi-faxmail-control(5), carried out: by the service for whoever may speak on
// its control socket, and by the command itself when no service runs and it has the spool for itself.
#pragma once

#include <string>
#include <string_view>

#include "src/base/control_server.hpp"
#include "src/faxmail/queue.hpp"

namespace faxmail {

// The answer as one line of JSON, without its end; {"error": …} for a request that is wrong, and then nothing was
// done. Throws only when there is no memory.
[[nodiscard]] std::string queue_answer(std::string_view request, const base::ControlPeer& peer, Queue& queue);

}  // namespace faxmail
