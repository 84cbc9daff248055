// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/syscall_kill.hpp"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

namespace torture {
namespace {

constexpr int stopped_by_system_call = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD
using Clock = std::chrono::steady_clock;

// The next stop of the process; 0: it is gone, or the time is over.
int next_stop(pid_t process, Clock::time_point end) {
  int status = 0;
  while (Clock::now() < end) {
    const pid_t got = ::waitpid(process, &status, __WALL | WNOHANG);
    if (got == process) return WIFSTOPPED(status) ? status : 0;
    if (got < 0) return 0;
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  return 0;
}

void let_go(pid_t process) {
  ::ptrace(PTRACE_INTERRUPT, process, nullptr, nullptr);
  int status = 0;
  if (::waitpid(process, &status, __WALL) == process && WIFSTOPPED(status))
    ::ptrace(PTRACE_DETACH, process, nullptr, nullptr);
}

// To where it enters the call. False: not reached.
bool run_to(pid_t process, unsigned number, Clock::time_point end) {
  unsigned stops = 0;  // two a call, as it is entered and as it is left
  for (int status = next_stop(process, end); status != 0; status = next_stop(process, end)) {
    const bool at_call = WSTOPSIG(status) == stopped_by_system_call;
    if (at_call && ++stops == 2 * number - 1) return true;
    const bool is_signal = (status >> 16) == 0 && !at_call;
    ::ptrace(PTRACE_SYSCALL, process, nullptr, is_signal ? WSTOPSIG(status) : 0);
  }
  return false;
}

}  // namespace

Traced at_system_call(pid_t process, unsigned number, std::chrono::milliseconds limit,
                      const std::function<bool()>& there) {
  if (::ptrace(PTRACE_SEIZE, process, nullptr, PTRACE_O_TRACESYSGOOD) != 0) return Traced::not_allowed;
  ::ptrace(PTRACE_INTERRUPT, process, nullptr, nullptr);
  if (!run_to(process, number, Clock::now() + limit)) {
    let_go(process);
    return Traced::too_late;
  }
  ::ptrace(PTRACE_DETACH, process, nullptr, there() ? SIGKILL : 0);
  return Traced::stopped;
}

}  // namespace torture
