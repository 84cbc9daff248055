// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes, one a job, each under a deadline: what may hang or crash (libgs, libesmtp) does so alone.
// A worker writes its result into a memory file that its parent reads when it has ended: neither ever waits
// for the other. A worker dies with its parent, so that a restarted service does not deliver beside it. One
// event loop owns it.
#pragma once

#include <sys/types.h>

#include <functional>
#include <list>
#include <string>

#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"

namespace faxmail {

struct WorkerEnd {
  int wait_status = 0;
  bool timed_out = false;
  std::string output;  // what it wrote, at most 1 MB
  [[nodiscard]] bool good() const noexcept { return wait_status == 0 && !timed_out; }
  [[nodiscard]] std::string in_words() const;  // "was stopped after its time was up", "was killed by SIGSEGV"
};

class Workers {
 public:
  using Work = std::function<int(int output_fd)>;
  using Done = std::function<void(const WorkerEnd&)>;

  explicit Workers(base::EventLoop& loop) : loop_(loop) {}  // which outlives it
  ~Workers();                                               // kills what runs
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Throws std::system_error when there can be no child. An exception of `work` becomes its output, and
  // code 1. Returns the child's process id.
  pid_t start(const Work& work, double deadline_s, Done done);
  // Kills it; its `done` is never called.
  void cancel(pid_t pid);
  [[nodiscard]] std::size_t running() const noexcept { return workers_.size(); }

 private:
  struct Worker {
    Worker(Workers& owner, pid_t process, base::UniqueFd result, Done when_done, double deadline_s);

    pid_t pid;
    base::UniqueFd output;
    Done done;
    bool timed_out = false;
    base::EventLoop::Source end;
    base::Timer deadline;
  };
  void finish(Worker& worker, int wait_status);
  static void end(Worker& worker);

  base::EventLoop& loop_;
  std::list<Worker> workers_;
};

}  // namespace faxmail
