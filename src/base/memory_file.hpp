// SPDX-License-Identifier: GPL-2.0-or-later
// A file that is nowhere but in memory, for a child or a program that is started with it. Closed by exec unless it is
// given another number (dup2).
#pragma once

#include <string_view>

#include "src/base/unique_fd.hpp"

namespace base {

// With that text, to be read from its beginning. `name` is what /proc shows. Throws std::system_error.
UniqueFd memory_file(const char* name, std::string_view text = {});

}  // namespace base
