// SPDX-License-Identifier: GPL-2.0-or-later
// A line on a card under the DAHDI driver: an analog one on an FXO port (fxo_states.hpp is its life), or a B channel of
// an ISDN span. Owned by one line process, which opens it before it locks itself down and alone calls it. What follows
// is said of FXO ports.
//
// The line's time is the card's samples, which come on-hook as well: caller ID is heard between calls. While an
// alarm stands a span may give none; the line's time then stands still, and its guard time is nothing.
//
// A card that goes away (removed, its module unloaded) is told as line_trouble, then no_more_calls: the line has
// closed its device and fd() is −1. It cannot come back by itself, as a locked down process opens no device: the
// process must end and another one open the line again.
//
// system calls: after open, a line makes these and no others: read, write, ioctl and close on its channel. None
// waits, but on a card that is gone, where the driver sleeps 5 ms before it says so. Polling fd() (POLLIN) is the
// owner's; events without samples are found when he looks without being woken, so he must do that once a second.
#pragma once

#include <memory>
#include <string>

#include "hw/dahdi/channel.hpp"
#include "hw/line.hpp"
#include "hw/line_options.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {

// Throws base::Failure when this machine has no usable DAHDI driver: what is missing and what to do.
void check_dahdi();
// `address` is a channel's number, "7". With a link to its span's process it is a B channel, whose calls come by that
// (isdn/isdn_line.hpp), and not an FXO port. Throws base::Failure: what keeps the channel from being served.
std::unique_ptr<Line> open_dahdi_line(const std::string& address, const LineOptions& options,
                                      base::UniqueFd link);

namespace dahdi {

// A line on a channel that is open already. Throws base::Failure as above.
std::unique_ptr<Line> make_line(std::unique_ptr<Channel> channel, unsigned number,
                                const LineOptions& options);
std::unique_ptr<Line> make_isdn_line(std::unique_ptr<Channel> channel, unsigned number, base::UniqueFd link);

}  // namespace dahdi
}  // namespace hw
