// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/event_loop.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>

#include "src/base/child.hpp"
#include "src/base/unique_fd.hpp"

using base::EventLoop;
using namespace std::chrono_literals;

TEST_CASE("timers come in the order of their times, each once") {
  EventLoop loop;
  std::string order;
  loop.after(30ms, [&] { order += "c"; });
  loop.after(1ms, [&] { order += "a"; });
  loop.after(15ms, [&] {
    order += "b";
    loop.after(1ms, [&] { order += "B"; });
  });
  loop.after(60ms, [&] { loop.stop(7); });
  CHECK(loop.run() == 7);
  CHECK(order == "abBc");
}

TEST_CASE("a timer that sets itself again goes on, and the finished ones are forgotten") {
  EventLoop loop;
  unsigned turns = 0;
  std::function<void()> again = [&] {
    if (++turns == 300) return loop.stop(0);
    loop.after(1us, again);
  };
  loop.after(1us, again);
  loop.run();
  CHECK(turns == 300);
}

TEST_CASE("a child's end is told once, with its code or the signal that killed it") {
  EventLoop loop;
  std::vector<std::string> ends;
  const auto watch = [&](const std::function<int()>& work) {
    const pid_t pid = base::fork_child(work);
    loop.on_child(pid, [&](int status) {
      ends.push_back(base::how_it_ended(status));
      if (ends.size() == 4) loop.stop(0);
    });
    return pid;
  };
  watch([] { return 0; });
  watch([] {
    ::usleep(50'000);
    return 3;
  });
  watch([]() -> int {
    ::usleep(100'000);
    throw std::runtime_error("(a test's child that throws)");
  });
  const pid_t sleeper = watch([] {
    ::pause();
    return 0;
  });
  loop.after(150ms, [&] { ::kill(sleeper, SIGKILL); });
  loop.after(5s, [&] { loop.stop(1); });
  CHECK(loop.run() == 0);
  CHECK(ends == std::vector<std::string>{"ended by itself", "failed with code 3", "failed with code 70",
                                         "was killed by SIGKILL"});
}

TEST_CASE("a child that is dead before it is watched is told all the same") {
  EventLoop loop;
  const pid_t pid = base::fork_child([] { return 9; });
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
  int told = -1;
  loop.on_child(pid, [&](int status) {
    told = WEXITSTATUS(status);
    loop.stop(0);
  });
  loop.after(5s, [&] { loop.stop(1); });
  CHECK(loop.run() == 0);
  CHECK(told == 9);
}

TEST_CASE("a child starts with its signals as a program expects them") {
  EventLoop loop;
  loop.on_signal(SIGTERM, [] {});  // blocks it here
  const pid_t pid = base::fork_child([] {
    ::raise(SIGTERM);
    return 0;
  });
  int status = 0;
  ::waitpid(pid, &status, 0);
  CHECK(base::how_it_ended(status) == "was killed by SIGTERM");
}

TEST_CASE("every signal is told, for as long as the loop runs") {
  EventLoop loop;
  unsigned told = 0;
  loop.on_signal(SIGHUP, [&] {
    if (++told == 3) return loop.stop(0);
    ::kill(::getpid(), SIGHUP);
  });
  loop.after(1ms, [] { ::kill(::getpid(), SIGHUP); });
  loop.after(5s, [&] { loop.stop(1); });
  CHECK(loop.run() == 0);
  CHECK(told == 3);
}

TEST_CASE("a readable descriptor is told until it is no longer wanted") {
  EventLoop loop;
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  std::string heard;
  loop.on_readable(reading.get(), [&] {
    char c = 0;
    if (::read(reading.get(), &c, 1) != 1) {
      loop.stop(0);
      return false;
    }
    heard += c;
    return c != '.';
  });
  REQUIRE(::write(writing.get(), "fax.more", 8) == 8);
  loop.after(20ms, [&] { loop.stop(3); });
  CHECK(loop.run() == 3);
  CHECK(heard == "fax.");
}

TEST_CASE("the end of the other side counts as readable") {
  EventLoop loop;
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  loop.on_readable(reading.get(), [&] {
    char c = 0;
    loop.stop(::read(reading.get(), &c, 1) == 0 ? 0 : 1);
    return false;
  });
  loop.after(1ms, [&] { writing.reset(); });
  loop.after(5s, [&] { loop.stop(2); });
  CHECK(loop.run() == 0);
}

TEST_CASE("an exception of an action comes out of run(), and no other action runs after it") {
  EventLoop loop;
  bool later = false;
  loop.after(1ms, [] { throw std::runtime_error("what went wrong"); });
  loop.after(50ms, [&] { later = true; });
  CHECK_THROWS_WITH_AS(loop.run(), "what went wrong", std::runtime_error);
  CHECK_FALSE(later);
}
