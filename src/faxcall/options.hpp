// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxcall(1) was told to do on its command line, checked: every value here can be used as it is.
// Filled in once by read_options, owned by main, read by all.
#pragma once

#include <filesystem>
#include <optional>
#include <variant>

#include "hw/exchange/exchange_caller.hpp"
#include "src/faxcall/fax_caller.hpp"

namespace faxcall {

// When the caller is to hang up before the fax is over.
struct HangUp {
  int after_page = 0;             // as soon as that page is answered; 0 = not
  int in_page = 0;                // in the middle of its image; 0 = not
  std::optional<double> after_s;  // so many seconds after the answer
};

struct Options {
  std::filesystem::path line;  // the exchange's folder
  hw::exchange::DialRequest dial;
  FaxSettings fax;
  HangUp hang_up;
  std::optional<double> silent_s;  // answered, says nothing that long
  std::filesystem::path record;    // empty = not
  double pace = 0;                 // how many times as fast as a real line; 0: as fast as the line answers
  bool json = false;
  bool trace = false;
};

// The options; or the code to exit with at once, when all was said (--help, --version, a mistake: EX_USAGE).
std::variant<Options, int> read_options(int argc, char** argv);

}  // namespace faxcall
