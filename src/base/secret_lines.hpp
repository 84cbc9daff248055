// SPDX-License-Identifier: GPL-2.0-or-later
// What is said about a configuration goes into logs, and a password does not. Used by config.cpp on the lines of a file.
#pragma once

#include <string>
#include <vector>

namespace base {

// The lines as they may be shown: from a word on that is "password", or may have been meant so, nothing of the line,
// nor of the lines after it to which a list or a text that begins there goes on.
std::vector<std::string> without_passwords(const std::vector<std::string>& lines);

}  // namespace base
