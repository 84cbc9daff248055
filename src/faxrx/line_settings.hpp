// SPDX-License-Identifier: GPL-2.0-or-later
// The settings of [receive] and [[line]] in dahdi-faxrx.conf(5): which there are, and what would be right. For
// settings.cpp alone.
#pragma once

#include "src/faxrx/settings.hpp"

namespace faxrx {

// What stands in the table goes over what is in `settings`.
void read_line_settings(base::ConfigTable& table, LineSettings& settings);

}  // namespace faxrx
