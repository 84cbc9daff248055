// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/mail_strikes.hpp"

#include <sys/stat.h>

#include <csignal>
#include <ios>
#include <thread>

#include "tests/scenario/process.hpp"
#include "tests/torture/syscall_kill.hpp"

namespace torture {
namespace {

using namespace std::chrono_literals;

constexpr unsigned longest_pause_ms = 250;

// A folder's last change, to the kernel's tick.
std::pair<time_t, long> changed(const std::filesystem::path& folder) {
  struct stat status {};
  ::stat(folder.c_str(), &status);
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
}

}  // namespace

void Striker::strike() {
  std::this_thread::sleep_for(std::chrono::milliseconds(up_to(longest_pause_ms)));
  const bool at_mail = up_to(99) < 40;
  if (at_mail) await_next_mail();
  switch (up_to(at_mail ? 6 : 9)) {
    case 0:
    case 1:
      return kill("faxmail", victims_.service);
    case 2:
    case 3:
      return kill_child();
    case 4:
      return kill("server", victims_.server);
    case 5:
      return kill_at_system_call();
    case 6:
      kill("faxmail", victims_.service);
      return kill("server", victims_.server);
    case 7:
      return kill_child();
    default:
      return fill_disk();
  }
}

// Then it says 250 to it, or is just going to.
void Striker::await_next_mail() {
  const auto before = changed(victims_.mailbox);
  const auto end = std::chrono::steady_clock::now() + 500ms;
  while (changed(victims_.mailbox) == before && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(200us);
  std::this_thread::sleep_for(std::chrono::microseconds(up_to(4000)));
}

void Striker::kill(const char* name, pid_t victim) {
  if (victim <= 0) return;
  strikes_.push_back({WallClock::now(), name});
  ::kill(victim, SIGKILL);
}

void Striker::kill_child() {
  try {
    const auto children = scenario::descendants_named(victims_.service, "dahdi-faxmail");
    if (!children.empty()) kill("child", children[up_to(static_cast<unsigned>(children.size()) - 1)]);
  } catch (const std::ios_base::failure&) {  // one ended while it was looked at
  }
}

void Striker::kill_at_system_call() {
  const std::lock_guard lock(victims_.waiting);
  const pid_t victim = victims_.service;
  if (victim <= 0) return;
  const auto note = [this] {
    strikes_.push_back({WallClock::now(), "faxmail at a system call"});
    return true;
  };
  if (at_system_call(victim, 1 + up_to(150), 400ms, note) == Traced::not_allowed) kill("faxmail", victim);
}

void Striker::fill_disk() {
  if (victims_.disk == nullptr) return;
  strikes_.push_back({WallClock::now(), "disk"});
  victims_.disk->want(true);
  std::this_thread::sleep_for(std::chrono::milliseconds(50 + up_to(300)));
  victims_.disk->want(false);
}

std::map<std::string, unsigned> Striker::sums() const {
  std::map<std::string, unsigned> sums;
  for (const Strike& strike : strikes_)
    ++sums[strike.victim];
  return sums;
}

}  // namespace torture
