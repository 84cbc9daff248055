// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/workers.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "src/base/child.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/memory_file.hpp"

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
    base::write_all(output, text, "the result");
    return 1;
  }
}

}  // namespace

std::string WorkerEnd::in_words() const {
  return timed_out ? "was stopped because its time was up" : base::how_it_ended(wait_status);
}

Workers::Worker::Worker(Workers& owner, pid_t process, base::UniqueFd result, Done when_done,
                        double deadline_s)
    : pid(process),
      output(std::move(result)),
      done(std::move(when_done)),
      end(owner.loop_.on_child(pid, [this, &owner](int wait_status) { owner.finish(*this, wait_status); })),
      deadline(owner.loop_, CLOCK_MONOTONIC, [this] {
        timed_out = true;
        ::kill(pid, SIGKILL);  // its end is then reported as any other
      }) {
  deadline.set(std::chrono::microseconds(static_cast<std::int64_t>(deadline_s * 1e6)));
}

Workers::~Workers() {
  for (Worker& worker : workers_)
    end(worker);
}

void Workers::end(Worker& worker) {
  worker.end.drop();
  ::kill(worker.pid, SIGKILL);
  ::waitpid(worker.pid, nullptr, 0);
}

pid_t Workers::start(const Work& work, double deadline_s, Done done) {
  base::UniqueFd output = base::memory_file("result");
  const pid_t parent = ::getpid();
  const int fd = output.get();
  const pid_t pid = base::fork_child([&] {
    die_with(parent);
    return run(work, fd);
  });
  try {
    workers_.emplace_back(*this, pid, std::move(output), std::move(done), deadline_s);
  } catch (...) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    throw;
  }
  return pid;
}

void Workers::cancel(pid_t pid) {
  workers_.remove_if([pid](Worker& one) {
    if (one.pid != pid) return false;
    end(one);
    return true;
  });
}

void Workers::finish(Worker& worker, int wait_status) {
  const WorkerEnd end{wait_status, worker.timed_out, contents_of(worker.output.get())};
  const Done done = std::move(worker.done);
  workers_.remove_if([&](const Worker& one) { return &one == &worker; });
  done(end);
}

}  // namespace faxmail
