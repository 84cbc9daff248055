// SPDX-License-Identifier: GPL-2.0-or-later
// A call's result for people, for programs and for the shell. Used by main.
#pragma once

#include <string>

#include "src/faxcall/call.hpp"

namespace faxcall {

std::string final_sentence(const CallResult& result);  // "all 3 pages confirmed"
std::string json_text(const CallResult& result);       // one object on one line, dahdi-faxcall(1)
int exit_code(Outcome outcome) noexcept;

}  // namespace faxcall
