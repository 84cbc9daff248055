// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxrx.conf(5) as a struct. Every default is a good one: `dahdi-faxrx -c 1-4` starts without a file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hw/line_table.hpp"
#include "src/base/config.hpp"

namespace faxrx {

struct LineSettings {
  unsigned rings = 1;      // whole rings before the answer; caller ID comes in the first pause
  std::string called;      // the called number where the network does not tell it
  std::string station_id;  // CSI sent to the caller; empty: the called number
  unsigned max_rate_bps = 14400;
  unsigned min_rate_bps = 2400;
  bool ecm = true;
  unsigned longest_call_min = 120;
};

struct ServedLine {
  hw::LineName name;
  LineSettings settings;
};

struct Settings {
  std::filesystem::path spool = "/var/spool/dahdi-faxrx";
  std::filesystem::path handoff_socket = "/run/dahdi-faxmail/handoff.sock";
  std::string user;              // for a start by root: who to become; empty: stay
  unsigned drain_limit_s = 600;  // after SIGTERM, for calls that run
  unsigned least_free_mb = 100;  // less room in the spool: calls are not answered
  std::vector<ServedLine> lines;
};

// `lines_by_option`: what stood after -c; it replaces the file's `lines`. `file` may be null. Mistakes are
// collected.
Settings read_settings(const base::ConfigFile* file, const std::vector<std::string>& lines_by_option,
                       base::Mistakes& mistakes);

}  // namespace faxrx
