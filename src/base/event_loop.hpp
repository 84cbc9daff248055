// SPDX-License-Identifier: GPL-2.0-or-later
// systemd's sd-event with functions instead of C callbacks: signals, children, timers, descriptors. One
// thread. For processes that wait on several things and have no deadline; audio loops use poll.
//
// An action may drop its own source, or any other. One that throws ends run(), and its source.
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include <chrono>
#include <ctime>
#include <exception>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace base {

class EventLoop {
  struct State;

 public:
  // What the loop watches for somebody, who holds this for as long as he wants to be told.
  class [[nodiscard]] Source {
   public:
    Source() noexcept = default;
    Source(Source&& other) noexcept = default;
    Source& operator=(Source&& other) noexcept;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() { drop(); }

    void drop() noexcept;  // its action is not called again
    void keep() &&;        // the loop holds it from here on, until it is over or the loop goes

   private:
    friend class EventLoop;
    friend class Timer;
    explicit Source(std::shared_ptr<State> state) noexcept : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
  };

  EventLoop();  // throws std::system_error, as all here do when the kernel has no room
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Blocks the signal in this thread and calls back for each one, for as long as the loop lives.
  void on_signal(int number, std::function<void()> action);
  // SIGCHLD must be blocked: on_child sees to it. Called once with waitpid's status.
  Source on_child(pid_t pid, std::function<void(int wait_status)> action);
  void after(std::chrono::microseconds time, std::function<void()> action);  // once, never called off
  // Called whenever fd is readable, until it returns false; fd must be closed only after that or drop().
  Source on_readable(int fd, std::function<bool()> action);
  // Called when other actions have run and the loop is about to wait again.
  Source before_sleep(std::function<void()> action);
  void serve_watchdog();  // systemd's, if it asks for it; a loop that hangs is not fed

  int run();  // until stop(), and again if wanted; an exception from an action comes out of here
  void stop(int code) noexcept;

 private:
  friend class Timer;
  static int dispatch(State& state, int status) noexcept;
  std::shared_ptr<State> new_state(std::function<bool(int)> action);

  sd_event* loop_ = nullptr;
  std::vector<Source> kept_;
  std::exception_ptr failure_;
  int code_ = 0;
  bool stopped_ = false;
};

// Calls back once for each set(). CLOCK_MONOTONIC, or CLOCK_BOOTTIME, which goes on while the machine sleeps.
class Timer {
 public:
  Timer(EventLoop& loop, clockid_t clock, std::function<void()> action);
  void set(std::chrono::microseconds time);  // from now; what was set before is forgotten
  void stop();

 private:
  EventLoop::Source source_;
};

}  // namespace base
