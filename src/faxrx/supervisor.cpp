// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/supervisor.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <list>

#include "src/base/child.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/base/socket_pair.hpp"
#include "src/faxrx/call_folder.hpp"
#include "src/faxrx/line_pair.hpp"
#include "src/faxrx/spool.hpp"
#include "src/faxrx/tidy.hpp"

namespace faxrx {
namespace {

using namespace std::chrono_literals;

// After a crash the line is there again at once; one that keeps dying is not started in a tight loop.
constexpr auto restart_pause = 100ms;
constexpr auto restart_pause_of_a_short_life = 1s;
constexpr auto short_life = 5s;
constexpr auto tidy_pause = 6h;
constexpr auto partner_limit = 30s;  // for the other half of a pair to notice that it is alone

class Supervisor {
 public:
  explicit Supervisor(const Settings& settings);
  int run();

 private:
  void check_kinds() const;
  void prepare_spool();
  void finish_old_calls() const;
  void start_pair(LinePair& pair);
  void start_spool();
  void tidy();
  bool line_says(LinePair& pair);
  void line_ended(LinePair& pair, int status);
  void page_ended(LinePair& pair, int status);
  void one_half_ended(LinePair& pair);
  void pair_ended(LinePair& pair);
  void stop_wanted();
  void stop_calls_now();
  void say_to_all(ControlWord word);
  void tell_ready();
  void feed_watchdog(std::chrono::microseconds interval);
  void end_if_over();

  const Settings& settings_;
  base::EventLoop loop_;
  base::UniqueFd lock_, spool_control_;
  std::list<LinePair> pairs_;
  pid_t spool_pid_ = -1;
  base::EventLoop::Source spool_end_;
  unsigned stops_wanted_ = 0;
  bool ready_told_ = false;
  int exit_code_ = EX_OK;
};

Supervisor::Supervisor(const Settings& settings) : settings_(settings) {
  for (const ServedLine& line : settings_.lines)
    pairs_.emplace_back(line, settings_, lock_);
}

void Supervisor::check_kinds() const {
  for (const ServedLine& line : settings_.lines)
    if (line.name.kind->check != nullptr) line.name.kind->check();
}

void Supervisor::prepare_spool() {
  base::make_durable_folder(settings_.spool, 0770);
  for (const char* folder : {"incoming", "ready", "refused", "trace", "recordings"})
    base::make_durable_folder(settings_.spool / folder, 0770);
  lock_.reset(::open((settings_.spool / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660));
  if (!lock_) throw base::system_failure("cannot open " + (settings_.spool / "lock").string());
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    throw base::Failure(
        "another dahdi-faxrx uses the spool {}, or calls of one that was killed still run; wait, or give "
        "this one its own "
        "(spool = \"...\")",
        settings_.spool.string());
}

// In a process of its own: it reads what callers sent.
void Supervisor::finish_old_calls() const {
  const pid_t pid = base::fork_child([this] {
    base::log::set_speaker("start");
    base::sandbox::close_other_fds({});
    base::sandbox::restrict_files({{settings_.spool / "incoming", base::sandbox::FileRight::write},
                                   {settings_.spool / "ready", base::sandbox::FileRight::write}});
    base::sandbox::allow_only({base::sandbox::plain_computing, base::sandbox::working_with_files});
    finish_leftovers(Spool(settings_.spool), "");
    return EX_OK;
  });
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0)
    base::log::error("looking through {} {}", settings_.spool.string(), base::how_it_ended(status));
}

void Supervisor::start_pair(LinePair& pair) {
  pair.start();
  loop_.on_child(pair.line_pid, [this, &pair](int status) { line_ended(pair, status); }).keep();
  loop_.on_child(pair.page_pid, [this, &pair](int status) { page_ended(pair, status); }).keep();
  loop_.on_readable(pair.control_fd(), [this, &pair] { return line_says(pair); }).keep();
}

bool Supervisor::line_says(LinePair& pair) {
  ControlWord word{};
  if (::recv(pair.control_fd(), &word, sizeof word, MSG_DONTWAIT) == 1 && word == ControlWord::line_is_open) {
    pair.opened = true;
    tell_ready();
  }
  return false;  // it says one word only
}

void Supervisor::tell_ready() {
  if (ready_told_ || stops_wanted_ > 0) return;
  if (!std::all_of(pairs_.begin(), pairs_.end(),
                   [](const LinePair& pair) { return pair.opened || pair.finished; }))
    return;
  ready_told_ = true;
  ::sd_notify(0, "READY=1");
  base::log::info("ready: {} line{}, from {} to {}", pairs_.size(), pairs_.size() == 1 ? "" : "s",
                  pairs_.front().name(), pairs_.back().name());
}

void Supervisor::line_ended(LinePair& pair, int status) {
  pair.line_pid = -1;
  if (!pair.opened && !ready_told_) {
    // It has said why. Something named on the command line that is not there is the operator's to mend.
    pair.finished = true;
    exit_code_ = EX_UNAVAILABLE;
    stop_wanted();
  } else if (status == 0) {
    pair.finished = true;
  } else if (!WIFEXITED(status) || WEXITSTATUS(status) != EX_TEMPFAIL) {
    base::log::error("line {}: its process {}; starting it again", pair.name(), base::how_it_ended(status));
  }
  one_half_ended(pair);
}

void Supervisor::page_ended(LinePair& pair, int status) {
  pair.page_pid = -1;
  if (status != 0)
    base::log::error("line {}: its page process {}; starting both again", pair.name(),
                     base::how_it_ended(status));
  one_half_ended(pair);
}

// The half that is left sees its end of file and ends too; one that does not is ended.
void Supervisor::one_half_ended(LinePair& pair) {
  if (!pair.is_running()) return pair_ended(pair);
  const pid_t line = pair.line_pid;
  const pid_t page = pair.page_pid;
  loop_.after(partner_limit, [&pair, line, page] {
    if (line > 0 && pair.line_pid == line) ::kill(line, SIGKILL);
    if (page > 0 && pair.page_pid == page) ::kill(page, SIGKILL);
  });
}

void Supervisor::pair_ended(LinePair& pair) {
  if (stops_wanted_ > 0) pair.finished = true;
  if (pair.finished) return end_if_over();
  pair.short_lives = pair.lived() < short_life ? pair.short_lives + 1 : 0;
  const std::chrono::milliseconds pause =
      pair.short_lives > 1 ? restart_pause_of_a_short_life : restart_pause;
  loop_.after(pause, [this, &pair] {
    if (stops_wanted_ == 0) return start_pair(pair);
    pair_ended(pair);
  });
}

void Supervisor::start_spool() {
  base::SocketPair control = base::socket_pair();
  spool_pid_ = base::fork_child([this, &control] {
    base::sandbox::close_other_fds({control[1].get()});
    return run_spool(settings_, std::move(control[1]));
  });
  spool_control_ = std::move(control[0]);
  spool_end_ = loop_.on_child(spool_pid_, [this](int status) {
    spool_pid_ = -1;
    if (!spool_control_) return end_if_over();
    base::log::error("the spool process {}; starting it again", base::how_it_ended(status));
    loop_.after(restart_pause_of_a_short_life, [this] {
      if (spool_control_) start_spool();
    });
  });
}

void Supervisor::tidy() {
  const auto ended = [](int status) {
    if (status != 0) base::log::error("removing old traces and recordings {}", base::how_it_ended(status));
  };
  try {
    loop_.on_child(base::fork_child([this] { return run_tidy(settings_); }), ended).keep();
  } catch (const std::system_error& error) {
    base::log::warning("old traces and recordings are not removed now: {}", error.what());
  }
  loop_.after(tidy_pause, [this] { tidy(); });
}

void Supervisor::stop_wanted() {
  if (++stops_wanted_ > 1) return stop_calls_now();
  ::sd_notify(0, "STOPPING=1");
  base::log::info("stopping: no new calls; running ones may finish for {} s", settings_.drain_limit_s);
  say_to_all(ControlWord::drain);
  loop_.after(std::chrono::seconds(settings_.drain_limit_s), [this] { stop_calls_now(); });
}

void Supervisor::stop_calls_now() {
  base::log::info("ending the calls that still run; their pages are kept");
  say_to_all(ControlWord::stop);
}

void Supervisor::say_to_all(ControlWord word) {
  for (LinePair& pair : pairs_)
    pair.say(word);
}

void Supervisor::feed_watchdog(std::chrono::microseconds interval) {
  bool all_move = true;
  for (LinePair& pair : pairs_) {
    if (pair.moved()) continue;
    all_move = false;
    base::log::error("line {}: its loop does not move", pair.name());
  }
  if (all_move) ::sd_notify(0, "WATCHDOG=1");
  loop_.after(interval, [this, interval] { feed_watchdog(interval); });
}

void Supervisor::end_if_over() {
  const auto is_over = [](const LinePair& pair) { return pair.finished && !pair.is_running(); };
  if (!std::all_of(pairs_.begin(), pairs_.end(), is_over)) return;
  spool_control_.reset();  // its last round
  if (spool_pid_ < 0) loop_.stop(exit_code_);
}

int Supervisor::run() {
  check_kinds();
  prepare_spool();
  finish_old_calls();
  for (const int number : {SIGTERM, SIGINT, SIGHUP})
    loop_.on_signal(number, [this] { stop_wanted(); });
  start_spool();
  tidy();
  for (LinePair& pair : pairs_)
    start_pair(pair);
  std::uint64_t watchdog_us = 0;
  if (::sd_watchdog_enabled(0, &watchdog_us) > 0) feed_watchdog(std::chrono::microseconds(watchdog_us / 2));
  return loop_.run();
}

}  // namespace

int supervise(const Settings& settings) {
  return Supervisor(settings).run();
}

}  // namespace faxrx
