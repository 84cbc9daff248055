// SPDX-License-Identifier: GPL-2.0-or-later
// What can keep a channel of a card from being served, as sentences for the operator, and what is set on one before
// it is. Called while a line is being opened; nothing here is RT safe.
#pragma once

#include "hw/dahdi/channel.hpp"
#include "src/base/errors.hpp"

namespace hw::dahdi {

// The device through which any channel is opened, whatever its number.
inline constexpr const char* channel_device = "/dev/dahdi/channel";

[[nodiscard]] base::Failure device_failure(int error);  // the device does not open
[[nodiscard]] base::Failure channel_failure(unsigned number,
                                            int error);  // ... but does not give that channel

// Sees that the channel is an FXO port and makes it one for faxes: linear samples in blocks of 20 ms, no echo
// canceller, lost samples told. Throws base::Failure.
void prepare(Channel& channel, unsigned number);
// The same for a B channel, of which only its buffers stay between calls. Throws base::Failure.
void prepare_b_channel(Channel& channel, unsigned number);

}  // namespace hw::dahdi
