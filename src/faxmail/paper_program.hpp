// SPDX-License-Identifier: GPL-2.0-or-later
// How a child of dahdi-faxmail becomes dahdi-faxmail-paper (paper/main.cpp).
#pragma once

#include <filesystem>

#include "src/faxmail/paper/work.hpp"

namespace faxmail {

inline constexpr double paper_limit_s = 120;

// Beside this program, as in a build folder, or else where it is installed.
std::filesystem::path find_paper_program();

// Called in a child process. This one ends here: the program has the work on its standard input, and what it says goes
// to `output`. Comes back only by an exception: the program cannot be started.
[[noreturn]] void become_paper_program(const std::filesystem::path& program, const PaperWork& work,
                                       int output);

}  // namespace faxmail
