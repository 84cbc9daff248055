// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/child.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"

namespace base {
namespace {

void signals_back_to_default() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD})
    ::signal(number, SIG_DFL);
}

int run(const std::function<int()>& work) noexcept {
  try {
    return work();
  } catch (const std::exception& error) {
    log::error("{}", error.what());
  } catch (...) {
    log::error("ended by an unknown exception");
  }
  return EX_SOFTWARE;
}

}  // namespace

pid_t fork_child(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid < 0) throw system_failure("cannot start a process");
  if (pid > 0) return pid;
  signals_back_to_default();
  // _exit: destructors of the parent's objects and its exit handlers are not ours to run.
  ::_exit(run(work));
}

void name_process(const std::string& name) noexcept {
  ::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by SIG{}", ::sigabbrev_np(WTERMSIG(status)));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "ended by itself";
  return fmt::format("failed with code {}", WEXITSTATUS(status));
}

}  // namespace base
