// SPDX-License-Identifier: GPL-2.0-or-later
// [after] of dahdi-faxmail.conf(5): the program that is run for each fax. Read by dahdi-faxmail, which needs to know
// whether there is one and where to ask for it, and by dahdi-faxmail-after, which alone runs it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/base/config.hpp"

namespace faxmail {

struct After {
  std::vector<std::string> program;  // and its first arguments; empty: none is run
  double limit_s = 60;
  std::filesystem::path socket = "/run/dahdi-faxmail/after.sock";
};

After read_after(base::ConfigTable after);

// For who acts upon it as another user: the file's [after]. Throws base::Failure when it has mistakes or names no
// program, or when somebody but root and this user could have written it; std::system_error when it cannot be read.
After after_of_trusted_file(const std::filesystem::path& file);

}  // namespace faxmail
