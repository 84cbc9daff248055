// SPDX-License-Identifier: GPL-2.0-or-later
// systemd's sd-event with functions instead of C callbacks: signals, children, timers, descriptors. One
// thread. For processes that wait on several things and have no deadline; audio loops use poll.
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

namespace base {

class EventLoop {
 public:
  EventLoop();  // throws std::system_error, as all here do when the kernel has no room
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Blocks the signal in this thread and calls back for each one.
  void on_signal(int number, std::function<void()> action);
  // SIGCHLD must be blocked: on_child sees to it. Called once with waitpid's status.
  void on_child(pid_t pid, std::function<void(int wait_status)> action);
  void after(std::chrono::microseconds time, std::function<void()> action);  // once
  // Called whenever fd is readable, until it returns false or the loop goes; it must be closed only after
  // that.
  void on_readable(int fd, std::function<bool()> action);

  int run();  // until stop(); an exception from an action comes out of here
  void stop(int code) noexcept;

 private:
  struct Source;
  static int dispatch(Source& source, int status) noexcept;
  Source& add(std::function<bool(int)> action);
  void drop_finished();

  sd_event* loop_ = nullptr;
  std::vector<std::unique_ptr<Source>> sources_;
  std::exception_ptr failure_;
};

}  // namespace base
