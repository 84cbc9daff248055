// SPDX-License-Identifier: GPL-2.0-or-later
// What the service answers on its control socket: the commands of dahdi-faxrx-control(5), carried out. Called by the
// supervisor's control server; a request is anybody's who may connect there.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "src/base/control_server.hpp"
#include "src/faxrx/served_lines.hpp"

namespace faxrx {

struct ServiceFacts {
  std::time_t since = 0;
  bool stopping = false;
};

// The answer as one line of JSON, without its end; {"error": …} for a request that is wrong, and then nothing was
// done. Throws only when there is no memory.
[[nodiscard]] std::string control_answer(std::string_view request, const base::ControlPeer& peer,
                                         const ServiceFacts& facts, ServedLines& lines);

}  // namespace faxrx
