// SPDX-License-Identifier: GPL-2.0-or-later
// Traces and recordings are for a while only: what is older than the settings say goes. Done at the start and
// a few times a day by a process of its own, which may touch those two folders and nothing else.
#pragma once

#include <filesystem>

#include "src/faxrx/settings.hpp"

namespace faxrx {

// Removes the calls' files (CALLID and `ending`) that were not written to for so many days. Returns how many.
unsigned remove_older(const std::filesystem::path& folder, const char* ending, unsigned days);

// The body of the process. Returns its exit code.
int run_tidy(const Settings& settings);

}  // namespace faxrx
