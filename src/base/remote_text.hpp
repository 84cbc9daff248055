// SPDX-License-Identifier: GPL-2.0-or-later
// Texts that strangers send: caller's number and name, station id, sub-address. They come in any bytes; these
// functions make them fit for a log, a file name, a header.
#pragma once

#include <string>
#include <string_view>

namespace base {

// Printable UTF-8 of at most `longest` bytes: control characters and broken UTF-8 become '?', spaces at both
// ends go.
std::string printable(std::string_view remote, std::size_t longest = 128);
// Only what is safe in a file or folder name: letters, digits, '+'; everything else goes. Never empty:
// "unknown".
std::string safe_name(std::string_view remote, std::size_t longest = 32);

}  // namespace base
