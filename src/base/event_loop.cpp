// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <stdexcept>

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

}  // namespace

struct EventLoop::Source {
  EventLoop* owner;
  std::function<bool(int)> action;  // false: no more
  sd_event_source* source = nullptr;
  bool finished = false;
};

EventLoop::EventLoop() {
  must(sd_event_new(&loop_), "cannot make an event loop");
}

EventLoop::~EventLoop() {
  for (const auto& source : sources_)
    sd_event_source_disable_unref(source->source);
  sd_event_unref(loop_);
}

EventLoop::Source& EventLoop::add(std::function<bool(int)> action) {
  drop_finished();
  sources_.push_back(std::make_unique<Source>(Source{this, std::move(action)}));
  return *sources_.back();
}

// Not from within the action itself, which may be what calls add().
void EventLoop::drop_finished() {
  std::erase_if(sources_, [](const std::unique_ptr<Source>& source) {
    if (!source->finished || source->action != nullptr) return false;
    sd_event_source_disable_unref(source->source);
    return true;
  });
}

int EventLoop::dispatch(Source& source, int status) noexcept {
  EventLoop& loop = *source.owner;
  try {
    if (source.action(status)) return 0;
  } catch (...) {
    loop.failure_ = std::current_exception();
    sd_event_exit(loop.loop_, 0);
  }
  sd_event_source_set_enabled(source.source, SD_EVENT_OFF);
  source.finished = true;
  source.action = nullptr;  // from here on it may be dropped
  return 0;
}

void EventLoop::on_signal(int number, std::function<void()> action) {
  block(number);
  Source& source = add([action = std::move(action)](int) {
    action();
    return true;
  });
  must(sd_event_add_signal(
           loop_, &source.source, number,
           [](sd_event_source*, const signalfd_siginfo*, void* user) {
             return dispatch(*static_cast<Source*>(user), 0);
           },
           &source),
       "cannot watch a signal");
}

void EventLoop::on_child(pid_t pid, std::function<void(int)> action) {
  block(SIGCHLD);
  Source& source = add([action = std::move(action)](int status) {
    action(status);
    return false;
  });
  must(sd_event_add_child(
           loop_, &source.source, pid, WEXITED,
           [](sd_event_source*, const siginfo_t* info, void* user) {
             const int status =
                 info->si_code == CLD_EXITED ? W_EXITCODE(info->si_status, 0) : info->si_status;
             return dispatch(*static_cast<Source*>(user), status);
           },
           &source),
       "cannot watch a process");
}

void EventLoop::after(std::chrono::microseconds time, std::function<void()> action) {
  Source& source = add([action = std::move(action)](int) {
    action();
    return false;
  });
  must(sd_event_add_time_relative(
           loop_, &source.source, CLOCK_MONOTONIC, static_cast<std::uint64_t>(time.count()), 1000,
           [](sd_event_source*, std::uint64_t, void* user) {
             return dispatch(*static_cast<Source*>(user), 0);
           },
           &source),
       "cannot set a timer");
}

void EventLoop::on_readable(int fd, std::function<bool()> action) {
  Source& source = add([action = std::move(action)](int) { return action(); });
  must(sd_event_add_io(
           loop_, &source.source, fd, EPOLLIN,
           [](sd_event_source*, int, std::uint32_t, void* user) {
             return dispatch(*static_cast<Source*>(user), 0);
           },
           &source),
       "cannot watch a descriptor");
}

int EventLoop::run() {
  const int code = sd_event_loop(loop_);
  if (failure_) std::rethrow_exception(failure_);
  must(code, "the event loop failed");
  return code;
}

void EventLoop::stop(int code) noexcept {
  sd_event_exit(loop_, code);
}

}  // namespace base
