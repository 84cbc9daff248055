// SPDX-License-Identifier: GPL-2.0-or-later
// Channels of telephony cards under the DAHDI driver. This version finds out what a machine lacks for them;
// it does not serve them yet, and says so. Called at the start, by the supervisor.
#pragma once

#include <memory>
#include <string>

#include "hw/line.hpp"

namespace hw {

// Throws base::Failure when this machine has no usable DAHDI driver: what is missing and what to do.
void check_dahdi();
// `address` is a channel's number, "7". Throws base::Failure.
std::unique_ptr<Line> open_dahdi_line(const std::string& address);

}  // namespace hw
