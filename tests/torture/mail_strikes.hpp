// SPDX-License-Identifier: GPL-2.0-or-later
// What is done to a dahdi-faxmail while it works: it, its children and its mail server are killed by SIGKILL, at any
// moment, at an exact system call, or just when a mail has been stored; its disk fills and empties. All of it from a seed.
// One thread strikes; whoever keeps the victims alive is another.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "tests/torture/disk_trouble.hpp"

namespace torture {

using WallClock = std::chrono::system_clock;

struct Strike {
  WallClock::time_point when;
  const char* victim;
};

// Who they are at this moment; −1 while there is none.
struct Victims {
  std::atomic<pid_t> service{-1}, server{-1};
  std::filesystem::path mailbox;
  DiskTrouble* disk = nullptr;  // nullptr: this system lets us have none
  std::mutex waiting;  // of whoever waits for the service to change its state: its stops are for one alone
};

class Striker {
 public:
  Striker(std::uint32_t seed, Victims& victims) : random_(seed), victims_(victims) {}
  // One more, after a random while.
  void strike();
  [[nodiscard]] const std::vector<Strike>& strikes() const noexcept { return strikes_; }
  [[nodiscard]] std::map<std::string, unsigned> sums() const;

 private:
  unsigned up_to(unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random_); }
  void await_next_mail();
  void kill(const char* name, pid_t victim);
  void kill_child();
  void kill_at_system_call();
  void fill_disk();

  std::minstd_rand random_;
  Victims& victims_;
  std::vector<Strike> strikes_;
};

}  // namespace torture
