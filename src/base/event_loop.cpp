// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "src/base/errors.hpp"

namespace base {
namespace {

void must(int result, const char* tried) {
  if (result < 0) throw system_failure(tried, -result);
}

void block(int signal_number) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal_number);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

constexpr std::uint64_t accuracy_us = 1000;

}  // namespace

// Shared by its Source and, while it runs, by its action: so that may drop the Source.
struct EventLoop::State : std::enable_shared_from_this<State> {
  State(EventLoop* owner, std::function<bool(int)> act) : loop(owner), action(std::move(act)) {}
  ~State() { cancel(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  void cancel() noexcept { source = sd_event_source_disable_unref(source); }

  EventLoop* loop;
  std::function<bool(int)> action;  // false: no more
  sd_event_source* source = nullptr;
  bool over = false;
};

EventLoop::Source& EventLoop::Source::operator=(Source&& other) noexcept {
  if (this == &other) return *this;
  drop();
  state_ = std::move(other.state_);
  return *this;
}

// At once, not when the last one lets go of the state: the descriptor may be closed next.
void EventLoop::Source::drop() noexcept {
  const std::shared_ptr<State> state = std::move(state_);
  if (state) state->cancel();
}

void EventLoop::Source::keep() && {
  if (!state_) return;
  std::vector<Source>& kept = state_->loop->kept_;
  std::erase_if(kept, [](const Source& source) { return source.state_->over; });
  kept.push_back(std::move(*this));
}

EventLoop::EventLoop() {
  must(sd_event_new(&loop_), "cannot make an event loop");
}

EventLoop::~EventLoop() {
  kept_.clear();
  sd_event_unref(loop_);
}

std::shared_ptr<EventLoop::State> EventLoop::new_state(std::function<bool(int)> action) {
  return std::make_shared<State>(this, std::move(action));
}

int EventLoop::dispatch(State& state, int status) noexcept {
  const std::shared_ptr<State> alive = state.shared_from_this();
  try {
    if (state.action(status)) return 0;
  } catch (...) {
    state.loop->failure_ = std::current_exception();
  }
  state.cancel();
  state.over = true;
  return 0;
}

void EventLoop::on_signal(int number, std::function<void()> action) {
  block(number);
  const auto state = new_state([action = std::move(action)](int) {
    action();
    return true;
  });
  must(sd_event_add_signal(
           loop_, &state->source, number,
           [](sd_event_source*, const signalfd_siginfo*, void* user) {
             return dispatch(*static_cast<State*>(user), 0);
           },
           state.get()),
       "cannot watch a signal");
  Source(state).keep();
}

EventLoop::Source EventLoop::on_child(pid_t pid, std::function<void(int)> action) {
  block(SIGCHLD);
  const auto state = new_state([action = std::move(action)](int status) {
    action(status);
    return false;
  });
  must(sd_event_add_child(
           loop_, &state->source, pid, WEXITED,
           [](sd_event_source*, const siginfo_t* info, void* user) {
             const int status =
                 info->si_code == CLD_EXITED ? W_EXITCODE(info->si_status, 0) : info->si_status;
             return dispatch(*static_cast<State*>(user), status);
           },
           state.get()),
       "cannot watch a process");
  return Source(state);
}

void EventLoop::after(std::chrono::microseconds time, std::function<void()> action) {
  const auto state = new_state([action = std::move(action)](int) {
    action();
    return false;
  });
  must(
      sd_event_add_time_relative(
          loop_, &state->source, CLOCK_MONOTONIC, static_cast<std::uint64_t>(time.count()), accuracy_us,
          [](sd_event_source*, std::uint64_t, void* user) { return dispatch(*static_cast<State*>(user), 0); },
          state.get()),
      "cannot set a timer");
  Source(state).keep();
}

EventLoop::Source EventLoop::on_readable(int fd, std::function<bool()> action) {
  const auto state = new_state([action = std::move(action)](int) { return action(); });
  must(sd_event_add_io(
           loop_, &state->source, fd, EPOLLIN,
           [](sd_event_source*, int, std::uint32_t, void* user) {
             return dispatch(*static_cast<State*>(user), 0);
           },
           state.get()),
       "cannot watch a descriptor");
  return Source(state);
}

EventLoop::Source EventLoop::before_sleep(std::function<void()> action) {
  const auto state = new_state([action = std::move(action)](int) {
    action();
    return true;
  });
  must(sd_event_add_post(
           loop_, &state->source,
           [](sd_event_source*, void* user) { return dispatch(*static_cast<State*>(user), 0); }, state.get()),
       "cannot watch the event loop");
  return Source(state);
}

void EventLoop::serve_watchdog() {
  must(sd_event_set_watchdog(loop_, 1), "cannot serve systemd's watchdog");
}

// Not sd_event_loop(): after sd_event_exit() it never runs again.
int EventLoop::run() {
  while (!stopped_ && !failure_)
    must(sd_event_run(loop_, UINT64_MAX), "the event loop failed");
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  stopped_ = false;
  return code_;
}

void EventLoop::stop(int code) noexcept {
  stopped_ = true;
  code_ = code;
}

Timer::Timer(EventLoop& loop, clockid_t clock, std::function<void()> action)
    : source_(loop.new_state([action = std::move(action)](int) {
        action();
        return true;
      })) {
  must(sd_event_add_time(
           loop.loop_, &source_.state_->source, clock, UINT64_MAX, accuracy_us,
           [](sd_event_source*, std::uint64_t, void* user) {
             return EventLoop::dispatch(*static_cast<EventLoop::State*>(user), 0);
           },
           source_.state_.get()),
       "cannot make a timer");
}

void Timer::set(std::chrono::microseconds time) {
  sd_event_source* source = source_.state_->source;
  must(sd_event_source_set_time_relative(source, static_cast<std::uint64_t>(time.count())),
       "cannot set a timer");
  must(sd_event_source_set_enabled(source, SD_EVENT_ONESHOT), "cannot set a timer");
}

void Timer::stop() {
  must(sd_event_source_set_enabled(source_.state_->source, SD_EVENT_OFF), "cannot stop a timer");
}

}  // namespace base
