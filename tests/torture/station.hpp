// SPDX-License-Identifier: GPL-2.0-or-later
// A dahdi-faxrx of the torture's own, with lines of the software exchange, a spool, and nobody who takes the faxes:
// they stay in ready/. It is killed at will, and started again by whoever calls keep_up(), which is one thread; the
// other functions may be called by any.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/scenario/process.hpp"

namespace torture {

std::filesystem::path build_folder();

struct StationSettings {
  std::filesystem::path folder;  // made by the owner, its own; configuration, sockets and log are here
  std::filesystem::path spool;   // made by dahdi-faxrx
  unsigned lines = 8;
  std::string user;                      // empty: as it is started
  std::vector<std::string> environment;  // "NAME=value", for dahdi-faxrx alone
};

// The two halves of a line.
struct Pair {
  pid_t line = -1, page = -1;
};

class Station {
 public:
  // Throws std::runtime_error when it does not come up.
  explicit Station(StationSettings settings);

  // Starts it again when it is down. Not while processes of the killed one still run: they finish their calls.
  void keep_up();
  // A last start, so that all that a crash left becomes faxes, and the end. Throws when it cannot be.
  void finish();

  [[nodiscard]] std::filesystem::path lines() const { return settings_.folder / "lines"; }
  [[nodiscard]] std::filesystem::path spool() const { return settings_.spool; }
  [[nodiscard]] std::filesystem::path folder() const { return settings_.folder; }
  [[nodiscard]] unsigned starts() const noexcept { return starts_; }
  [[nodiscard]] Pair pair_of(unsigned line) const;
  [[nodiscard]] pid_t spool_process() const;
  [[nodiscard]] pid_t supervisor() const noexcept { return supervisor_; }
  // As a power cut: all its processes, and none that could start another.
  void kill_all() const;
  [[nodiscard]] std::string log() const;

 private:
  void start();
  bool came_up();
  void stop();

  StationSettings settings_;
  scenario::Process faxrx_;
  std::atomic<pid_t> supervisor_{-1};
  unsigned starts_ = 0;
};

}  // namespace torture
