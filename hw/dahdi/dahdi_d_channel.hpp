// SPDX-License-Identifier: GPL-2.0-or-later
// A D channel under the DAHDI driver: dchan= (the driver frames) or hardhdlc= (the card does) in system.conf. Made by
// the span process before it locks itself down; then it makes these system calls and no others: read, write, ioctl.
#pragma once

#include <memory>

#include "hw/isdn/d_channel.hpp"

namespace hw::dahdi {

// Throws base::Failure: what keeps it from being used, and what would be right.
std::unique_ptr<isdn::DChannel> open_d_channel(unsigned number);

}  // namespace hw::dahdi
