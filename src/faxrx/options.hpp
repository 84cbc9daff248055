// SPDX-License-Identifier: GPL-2.0-or-later
// What stands on dahdi-faxrx's command line. For main.cpp alone.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/faxrx/control_report.hpp"
#include "src/faxrx/trace_report.hpp"

namespace faxrx {

struct Options {
  std::vector<std::string> lines;
  std::string config = "/etc/dahdi-faxrx/dahdi-faxrx.conf";
  std::string spool, handoff, control;  // empty: not given
  bool config_named = false, check_only = false, verbose = false;
  bool list_channels = false, json = false;
  // "dahdi-faxrx trace", "dahdi-faxrx status" …: do that and end.
  std::optional<TraceWish> trace;
  std::optional<ControlWish> control_wish;
};

// Or an exit code when the program is to end here (help, version, a wrong option), which was said then.
std::variant<Options, int> read_options(int argc, char** argv);

}  // namespace faxrx
