// SPDX-License-Identifier: GPL-2.0-or-later
// What an operator is to do next, from the list of channels: sentences, and one command. For the report of
// channels.
#pragma once

#include <string>
#include <vector>

#include "hw/dahdi/channel_list.hpp"

namespace faxrx {

// A channel is ready, or one of our line processes has it.
bool something_served(const hw::ChannelList& list);
std::string channel_advice(const hw::ChannelList& list);
// "dahdi-faxrx -c 1-4", with the channels that are ready; empty when none is.
std::string suggested_command(const hw::ChannelList& list);
// What will break faxes although it keeps no channel from being served.
std::vector<std::string> channel_remarks(const hw::ChannelList& list);

}  // namespace faxrx
