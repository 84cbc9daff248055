// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/workers.hpp"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "src/base/child.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"

namespace faxmail {
namespace {

constexpr std::size_t longest_output = 1 << 20;

std::string contents_of(int fd) {
  std::string text(longest_output, '\0');
  const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it died before that call
}

int run(const Workers::Work& work, int output) {
  try {
    return work(output);
  } catch (const std::exception& error) {
    const std::string text = error.what();
    base::write_all(output, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "the result");
    return 1;
  }
}

// siginfo of waitid() as waitpid()'s status.
int status_of(const siginfo_t& info) {
  return info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : info.si_status;
}

}  // namespace

std::string WorkerEnd::in_words() const {
  return timed_out ? "was stopped because its time was up" : base::how_it_ended(wait_status);
}

Workers::Workers(sd_event* loop) : loop_(sd_event_ref(loop)) {
  sigset_t child;
  ::sigemptyset(&child);
  ::sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
}

Workers::~Workers() {
  for (Worker& worker : workers_) {
    sd_event_source_disable_unref(worker.end);
    sd_event_source_disable_unref(worker.deadline);
    ::kill(worker.pid, SIGKILL);
    ::waitpid(worker.pid, nullptr, 0);
  }
  sd_event_unref(loop_);
}

void Workers::start(const Work& work, double deadline_s, Done done) {
  base::UniqueFd output(::memfd_create("result", MFD_CLOEXEC));
  if (!output) throw base::system_failure("cannot make a memory file");
  const pid_t parent = ::getpid();
  const int fd = output.get();
  const pid_t pid = base::fork_child([&] {
    die_with(parent);
    return run(work, fd);
  });
  Worker& worker = workers_.emplace_back();
  worker.owner = this;
  worker.pid = pid;
  worker.output = std::move(output);
  worker.done = std::move(done);
  watch(worker, deadline_s);
}

void Workers::watch(Worker& worker, double deadline_s) {
  const auto limit_us = static_cast<std::uint64_t>(deadline_s * 1e6);
  int error = sd_event_add_child(loop_, &worker.end, worker.pid, WEXITED, &Workers::ended, &worker);
  if (error >= 0)
    error = sd_event_add_time_relative(loop_, &worker.deadline, CLOCK_MONOTONIC, limit_us, 0,
                                       &Workers::time_is_up, &worker);
  if (error >= 0) return;
  ::kill(worker.pid, SIGKILL);
  ::waitpid(worker.pid, nullptr, 0);
  sd_event_source_disable_unref(worker.end);
  workers_.pop_back();
  throw base::system_failure("cannot watch a process", -error);
}

int Workers::time_is_up(sd_event_source*, std::uint64_t, void* data) {
  auto* worker = static_cast<Worker*>(data);
  worker->timed_out = true;
  ::kill(worker->pid, SIGKILL);  // its end is then reported as any other
  return 0;
}

int Workers::ended(sd_event_source*, const siginfo_t* info, void* data) {
  auto* worker = static_cast<Worker*>(data);
  worker->owner->finish(*worker, status_of(*info));
  return 0;
}

void Workers::finish(Worker& worker, int wait_status) {
  sd_event_source_disable_unref(worker.end);
  sd_event_source_disable_unref(worker.deadline);
  const WorkerEnd end{wait_status, worker.timed_out, contents_of(worker.output.get())};
  const Done done = std::move(worker.done);
  workers_.remove_if([&](const Worker& one) { return &one == &worker; });
  done(end);
}

}  // namespace faxmail
