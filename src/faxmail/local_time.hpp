// SPDX-License-Identifier: GPL-2.0-or-later
// The second a call began, as a person here reads it. Any function of dahdi-faxmail may call this; it takes
// any number, since the number comes from a file.
#pragma once

#include <cstdint>
#include <string>

namespace faxmail {

// `format` as strftime(3) has it, in this system's time zone. Years before 1970 and after 9999 become those.
std::string local_time(std::int64_t unix_s, const char* format);

}  // namespace faxmail
