// SPDX-License-Identifier: GPL-2.0-or-later
// `dahdi-faxrx --list-channels`: shows a person, or with --json a program, what channels this machine has, which of
// them can be served, and what to do about the others. Opens no channel. See dahdi-faxrx(8).
#pragma once

#include <cstdio>

#include "hw/dahdi/channel_list.hpp"

namespace faxrx {

// Of this machine. The program's exit status: 0 when a channel can be served or is by us, else 69 (EX_UNAVAILABLE).
int show_channels(bool json, std::FILE* to);
int show_channels(const hw::ChannelList& list, bool json, std::FILE* to);

}  // namespace faxrx
