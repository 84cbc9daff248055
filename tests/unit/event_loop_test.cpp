// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/event_loop.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>

#include "src/base/child.hpp"
#include "src/base/unique_fd.hpp"
#include "tests/unit/scratch_folder.hpp"

using base::EventLoop;
using base::Timer;
using namespace std::chrono_literals;

namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) == 0);
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  void open_anew() {  // by the same numbers, as the kernel gives the lowest
    const int number = reading.get();
    reading.reset();
    writing.reset();
    *this = Pipe();
    REQUIRE(reading.get() == number);
  }
  void write(const std::string& text) const {
    REQUIRE(::write(writing.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  [[nodiscard]] char read() const {  // 0: nothing more
    char c = 0;
    return ::read(reading.get(), &c, 1) == 1 ? c : '\0';
  }

  base::UniqueFd reading, writing;
};

void run_for(EventLoop& loop, std::chrono::milliseconds time) {
  loop.after(time, [&] { loop.stop(0); });
  CHECK(loop.run() == 0);
}

}  // namespace

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
    loop.on_child(pid,
                  [&](int status) {
                    ends.push_back(base::how_it_ended(status));
                    if (ends.size() == 4) loop.stop(0);
                  })
        .keep();
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
  const auto child = loop.on_child(pid, [&](int status) {
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
  const Pipe pipe;
  std::string heard;
  loop.on_readable(pipe.reading.get(),
                   [&] {
                     heard += pipe.read();
                     return heard.back() != '.';
                   })
      .keep();
  pipe.write("fax.more");
  loop.after(20ms, [&] { loop.stop(3); });
  CHECK(loop.run() == 3);
  CHECK(heard == "fax.");
}

TEST_CASE("the end of the other side counts as readable") {
  EventLoop loop;
  Pipe pipe;
  const auto source = loop.on_readable(pipe.reading.get(), [&] {
    char c = 0;
    loop.stop(::read(pipe.reading.get(), &c, 1) == 0 ? 0 : 1);
    return false;
  });
  loop.after(1ms, [&] { pipe.writing.reset(); });
  loop.after(5s, [&] { loop.stop(2); });
  CHECK(loop.run() == 0);
}

TEST_CASE("a descriptor whose source is dropped is not told of again, and may be closed") {
  EventLoop loop;
  Pipe pipe;
  std::string heard;
  auto source = loop.on_readable(pipe.reading.get(), [&] {
    heard += pipe.read();
    return true;
  });
  loop.after(1ms, [&] { pipe.write("a"); });
  loop.after(20ms, [&] {
    source.drop();
    pipe.open_anew();
    pipe.write("b");
  });
  run_for(loop, 50ms);
  CHECK(heard == "a");
  source.drop();  // once more does no harm
}

TEST_CASE("an action may drop its own source, and what it holds lives until it returns") {
  EventLoop loop;
  Pipe pipe;
  pipe.write("ab");
  std::string heard;
  auto source = std::make_unique<EventLoop::Source>();
  *source = loop.on_readable(pipe.reading.get(), [&, word = std::make_shared<std::string>("mine")] {
    const std::weak_ptr<std::string> watched = word;
    heard += pipe.read();
    source.reset();
    pipe.reading.reset();
    heard += watched.expired() ? "gone" : *word;
    return true;
  });
  run_for(loop, 20ms);
  CHECK(heard == "amine");
}

TEST_CASE("an action drops its source, closes the descriptor, and watches the next one of the same number") {
  EventLoop loop;
  Pipe pipe;
  pipe.write("a");
  std::string heard;
  EventLoop::Source source;
  const auto hear = [&] {
    heard += pipe.read();
    return true;
  };
  source = loop.on_readable(pipe.reading.get(), [&] {
    hear();
    source.drop();
    pipe.open_anew();
    source = loop.on_readable(pipe.reading.get(), hear);
    return true;
  });
  loop.after(20ms, [&] { pipe.write("b"); });
  run_for(loop, 40ms);
  CHECK(heard == "ab");
}

TEST_CASE("one action drops the source of another that is due as well") {
  EventLoop loop;
  const std::array<Pipe, 2> pipes;
  std::array<EventLoop::Source, 2> sources;
  unsigned told = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    pipes[i].write("x");
    sources[i] = loop.on_readable(pipes[i].reading.get(), [&, i] {
      ++told;
      sources[1 - i].drop();
      return false;
    });
  }
  run_for(loop, 20ms);
  CHECK(told == 1);
}

TEST_CASE("a source can change hands; the one that was held before is dropped") {
  EventLoop loop;
  const std::array<Pipe, 2> pipes;
  std::string told;
  auto held = loop.on_readable(pipes[0].reading.get(), [&] {
    told += "first";
    return false;
  });
  auto other = loop.on_readable(pipes[1].reading.get(), [&] {
    told += "second";
    return false;
  });
  held = std::move(other);
  for (const Pipe& pipe : pipes)
    pipe.write("x");
  run_for(loop, 20ms);
  CHECK(told == "second");
}

TEST_CASE("a source may outlive its loop") {
  const Pipe pipe;
  EventLoop::Source source;
  {
    EventLoop loop;
    source = loop.on_readable(pipe.reading.get(), [] { return true; });
  }
  source.drop();
}

TEST_CASE("a child that is no longer watched is left to whoever started it") {
  EventLoop loop;
  const pid_t pid = base::fork_child([] { return 4; });
  bool told = false;
  auto child = loop.on_child(pid, [&](int) { told = true; });
  child.drop();
  run_for(loop, 50ms);
  CHECK_FALSE(told);
  CHECK(unit::wait_for(pid) == 4);
}

TEST_CASE("a timer rings once for each time it is set, and the last setting counts") {
  EventLoop loop;
  unsigned rings = 0;
  Timer timer(loop, CLOCK_MONOTONIC, [&] { ++rings; });
  loop.after(40ms, [&] {
    CHECK(rings == 0);  // not set yet
    timer.set(1ms);
    timer.set(40ms);
  });
  loop.after(60ms, [&] {
    CHECK(rings == 0);
    timer.set(5ms);
  });
  loop.after(75ms, [&] { CHECK(rings == 1); });
  run_for(loop, 150ms);
  CHECK(rings == 1);
}

TEST_CASE("a timer sets itself again, stops, and starts anew") {
  EventLoop loop;
  unsigned rings = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, CLOCK_BOOTTIME, [&] {
    if (++rings < 5) return timer->set(1ms);
    loop.stop(0);
  });
  timer->set(1ms);
  loop.run();
  CHECK(rings == 5);
  timer->set(1ms);
  timer->stop();
  run_for(loop, 20ms);
  CHECK(rings == 5);
  timer->set(1ms);
  loop.run();
  CHECK(rings == 6);
}

TEST_CASE("a timer that goes in its own action does not ring again; nor does one that goes before its time") {
  EventLoop loop;
  unsigned rings = 0;
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(loop, CLOCK_MONOTONIC, [&] {
    ++rings;
    timer->set(1ms);
    timer.reset();
  });
  timer->set(1ms);
  {
    Timer never(loop, CLOCK_MONOTONIC, [&] { ++rings; });
    never.set(1ms);
  }
  run_for(loop, 30ms);
  CHECK(rings == 1);
}

TEST_CASE("before it sleeps, after anything that happened, the loop calls whoever asked for it") {
  EventLoop loop;
  std::string order;
  auto look = loop.before_sleep([&] {
    order += "|";
    if (order.size() > 100) loop.stop(1);
  });
  loop.after(1ms, [&] { order += "a"; });
  loop.after(20ms, [&] { order += "b"; });
  loop.after(40ms, [&] {
    order += "c";
    look.drop();
  });
  loop.after(60ms, [&] { loop.stop(0); });
  CHECK(loop.run() == 0);
  CHECK(order == "a|b|c");
}

TEST_CASE("a loop that was stopped runs again, and one that is stopped before it runs does not start") {
  EventLoop loop;
  unsigned actions = 0;
  loop.after(0us, [&] {
    ++actions;
    loop.stop(1);
  });
  CHECK(loop.run() == 1);
  loop.after(0us, [&] { ++actions; });
  loop.after(1ms, [&] { loop.stop(2); });
  CHECK(loop.run() == 2);
  CHECK(actions == 2);
  loop.after(0us, [&] { ++actions; });
  loop.stop(3);
  CHECK(loop.run() == 3);
  CHECK(actions == 2);
}

TEST_CASE("systemd's watchdog is fed for as long as the loop turns") {
  const unit::ScratchFolder folder;
  const std::string path = folder / "notify";
  const base::UniqueFd systemd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(systemd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const int code = unit::in_child([&] {
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "20000", 1);
    EventLoop loop;
    loop.serve_watchdog();
    loop.after(100ms, [&] { loop.stop(0); });
    return loop.run();
  });
  REQUIRE(code == 0);
  unsigned feeds = 0;
  for (std::array<char, 64> words{}; ::recv(systemd.get(), words.data(), words.size(), 0) > 0; words = {})
    feeds += std::string(words.data()) == "WATCHDOG=1" ? 1 : 0;
  CHECK(feeds >= 4);  // every 20 ms at the latest
}

TEST_CASE("an exception of an action comes out of run(), and no other action runs after it") {
  EventLoop loop;
  bool later = false;
  loop.after(1ms, [] { throw std::runtime_error("what went wrong"); });
  loop.after(50ms, [&] { later = true; });
  CHECK_THROWS_WITH_AS(loop.run(), "what went wrong", std::runtime_error);
  CHECK_FALSE(later);
}

TEST_CASE("after an exception the loop can run again; the source that threw is over") {
  EventLoop loop;
  const Pipe pipe;
  pipe.write("x");
  unsigned throws = 0;
  const auto source = loop.on_readable(pipe.reading.get(), [&]() -> bool {
    ++throws;
    throw std::runtime_error("what went wrong");
  });
  CHECK_THROWS_AS(loop.run(), std::runtime_error);
  run_for(loop, 20ms);
  CHECK(throws == 1);
}
