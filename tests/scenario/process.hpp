// SPDX-License-Identifier: GPL-2.0-or-later
// A program that a story runs: its output goes to a file, and it does not outlive the story.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace scenario {

// Asks every 5 ms until it is so, or the time is over. Returns whether it is so.
bool eventually(const std::function<bool()>& is_so,
                std::chrono::milliseconds limit = std::chrono::seconds(20));

std::string text_of(const std::filesystem::path& file);             // "" when there is none
unsigned times(const std::string& text, const std::string& words);  // how often they stand in it

class Process {
 public:
  Process() = default;
  // stdout goes to FILE.out, stderr to FILE.log.
  Process(const std::vector<std::string>& command, const std::filesystem::path& file);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();  // SIGKILL, if it still runs

  void signal(int number) const;
  // Its exit code, or 128 + the signal that killed it; −1 when it still runs after the limit.
  int wait(std::chrono::milliseconds limit = std::chrono::seconds(60));
  [[nodiscard]] bool runs();
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  [[nodiscard]] std::string output() const { return text_of(file_.string() + ".out"); }
  [[nodiscard]] std::string log() const { return text_of(file_.string() + ".log"); }

 private:
  pid_t pid_ = -1;
  int code_ = -1;
  std::filesystem::path file_;
};

// The processes below `ancestor` whose name (as ps -o comm shows it) is this.
std::vector<pid_t> descendants_named(pid_t ancestor, const std::string& name);

}  // namespace scenario
