// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the operator's program for one fax, in dahdi-faxmail-after: its files copied into a folder that is its own for as
// long as it runs, its record on standard input, its time limited. Whatever it has started goes with it.
#pragma once

#include <optional>

#include "src/faxmail/after/after_settings.hpp"
#include "src/faxmail/after/request.hpp"

namespace faxmail {

// nullopt: whoever asked is gone, and the program was ended: it will be run again. Throws std::runtime_error or
// std::system_error when the program cannot be run.
std::optional<AfterResult> run_program(const After& after, const AfterRequest& request, int asker);

}  // namespace faxmail
