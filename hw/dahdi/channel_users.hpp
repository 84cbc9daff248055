// SPDX-License-Identifier: GPL-2.0-or-later
// Which programs have which channels open, from /proc/PID/fd, as far as this user may look. Part of the list of
// channels; owns nothing.
#pragma once

#include <filesystem>
#include <vector>

#include "hw/dahdi/channel_list.hpp"

namespace hw {

// Fills in `users` of the channels that are open.
void find_channel_users(std::vector<DahdiChannel>& channels, const std::filesystem::path& root);

}  // namespace hw
