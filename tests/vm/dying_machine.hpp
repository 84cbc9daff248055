// SPDX-License-Identifier: GPL-2.0-or-later
// A virtual machine that dies: a disk that outlives it (volatile_disk.hpp), boots of it by tests/vm/run, and what the story
// in it (power_story.cpp) has told until then. Used by power_cut.cpp, each by a thread of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/scenario/process.hpp"
#include "tests/vm/volatile_disk.hpp"

namespace vm {

class DyingMachine {
 public:
  // `environment`: of dahdi-faxmail in it, "NAME=value". Each function throws base::Failure when the guest does not work.
  DyingMachine(const std::filesystem::path& folder, std::uint32_t seed,
               std::vector<std::string> environment = {});

  // A boot that looks after what the last cut left, and its end at a random moment.
  void cut(unsigned number);
  // A last boot, which mails everything; then all that was acknowledged is looked for in the mailbox.
  void drain();
  // For the one without fsync: an end after some ACKs, and a boot that looks after them. How many there were.
  std::size_t cut_after_acks();

  std::map<std::string, std::uint32_t> acknowledged;  // by id: the fax's number
  std::vector<std::string> violations;                // a sentence each
  std::string report;

 private:
  unsigned up_to(unsigned most) { return std::uniform_int_distribution<unsigned>(1, most)(random_); }
  void boot(const char* task);
  [[nodiscard]] std::size_t times_told(const std::string& words) const;
  void kill_machine();
  void hear(unsigned number);
  void look_into_mailbox(const std::string& id, std::uint32_t number, unsigned& twice);

  std::filesystem::path folder_;
  std::vector<std::string> environment_;
  std::minstd_rand random_;
  VolatileDisk disk_;
  scenario::Process run_;
  unsigned boots_ = 0;
};

}  // namespace vm
