// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxrx.conf(5) as a struct. Every default is a good one: `dahdi-faxrx -c 1-4` starts without a file.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "hw/line_table.hpp"
#include "src/base/config.hpp"
#include "src/faxrx/answer_settings.hpp"
#include "src/faxrx/span_settings.hpp"
#include "src/page/t4_page.hpp"
#include "src/t30/capabilities.hpp"

namespace faxrx {

// Words are kept as the operator writes them; receiver_settings() says what they mean.
struct LineSettings {
  AnswerSettings answer;
  hw::LineOptions line;
  std::string called;           // the called number where the network does not tell it
  std::string station_id;       // CSI sent to the caller; empty: the called number
  std::string password;         // PWD that a caller has to send; empty: none
  std::string modems = "auto";  // all that max_rate has a use for
  unsigned max_rate_bps = 14400;
  unsigned min_rate_bps = 2400;
  bool ecm = true;
  std::vector<std::string> codings = {"mh", "mr", "mmr"};
  std::vector<std::string> resolutions = {"standard", "fine", "superfine", "300", "400"};
  std::string width = "a3";
  bool unlimited_length = true;
  std::string bad_page = "rtn";
  unsigned good_below_percent = 5;  // of a page's rows bad, without ECM
  unsigned bad_above_percent = 15;
  unsigned most_bad_rows_together = 5;
  unsigned no_progress_s = 60;
  unsigned longest_call_min = 120;
  int transmit_level_dbm0 = -13;

  bool operator==(const LineSettings&) const = default;
};

[[nodiscard]] t30::Settings receiver_settings(const LineSettings& settings) noexcept;
[[nodiscard]] page::QualityRules quality_rules(const LineSettings& settings) noexcept;

struct ServedLine {
  hw::LineName name;
  LineSettings settings;
};

struct Settings {
  std::filesystem::path spool = "/var/spool/dahdi-faxrx";
  std::filesystem::path handoff_socket = "/run/dahdi-faxmail/handoff.sock";
  std::filesystem::path control_socket = "/run/dahdi-faxrx/control.sock";
  std::string user;              // for a start by root: who to become; empty: stay
  unsigned drain_limit_s = 600;  // after SIGTERM, for calls that run
  unsigned store_retry_s = 45;  // in ECM, how long a caller is asked to wait for a page that cannot be stored
  unsigned least_free_mb = 100;    // less room in the spool: calls are not answered
  bool answer_when_full = false;   // ... but for this
  unsigned traces_keep_days = 30;  // 0: none is written
  std::string recordings = "off";  // "failed": of calls that did not complete; "all"
  unsigned recordings_keep_days = 7;
  std::vector<ServedLine> lines;
  SignallingSettings signalling;  // of ISDN spans
};

// `lines_by_option`: what stood after -c; it replaces the file's `lines`. `file` may be null. Mistakes are
// collected.
Settings read_settings(const base::ConfigFile* file, const std::vector<std::string>& lines_by_option,
                       base::Mistakes& mistakes);

}  // namespace faxrx
