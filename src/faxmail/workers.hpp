// SPDX-License-Identifier: GPL-2.0-or-later
// Child processes, one a job, each under a deadline: what may hang or crash (libgs, libesmtp) does so alone.
// A worker writes its result into a memory file that its parent reads when it has ended: neither ever waits
// for the other. A worker dies with its parent, so that a restarted service does not deliver beside it. One
// event loop owns it.
#pragma once

#include <systemd/sd-event.h>

#include <functional>
#include <list>
#include <string>

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

  explicit Workers(sd_event* loop);  // blocks SIGCHLD, as sd_event_add_child wants it
  ~Workers();                        // kills what runs
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // Throws std::system_error when there can be no child. An exception of `work` becomes its output, and
  // code 1.
  void start(const Work& work, double deadline_s, Done done);
  [[nodiscard]] std::size_t running() const noexcept { return workers_.size(); }

 private:
  struct Worker {
    Workers* owner = nullptr;
    pid_t pid = -1;
    base::UniqueFd output;
    bool timed_out = false;
    Done done;
    sd_event_source* end = nullptr;
    sd_event_source* deadline = nullptr;
  };
  static int ended(sd_event_source* source, const siginfo_t* info, void* worker);
  static int time_is_up(sd_event_source* source, std::uint64_t now_us, void* worker);
  void watch(Worker& worker, double deadline_s);
  void finish(Worker& worker, int wait_status);

  sd_event* loop_;
  std::list<Worker> workers_;
};

}  // namespace faxmail
