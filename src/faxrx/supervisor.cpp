// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/supervisor.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <optional>

#include "src/base/child.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxrx/call_folder.hpp"
#include "src/faxrx/control_answers.hpp"
#include "src/faxrx/served_lines.hpp"
#include "src/faxrx/spool_keeper.hpp"
#include "src/faxrx/tidy.hpp"

namespace faxrx {
namespace {

using namespace std::chrono_literals;

constexpr auto tidy_pause = 6h;

class Supervisor {
 public:
  explicit Supervisor(Configuration configuration);
  int run();

 private:
  void prepare_spool();
  void finish_old_calls() const;
  void open_control_socket();
  void watch_signals();
  void tidy();
  void hear(LineKeeper& line, LineNews news);
  void line_cannot_open(const LineKeeper& line);
  void read_configuration_again();
  std::optional<Settings> fresh_settings();
  void follow(Settings fresh);
  void stop_wanted();
  void stop_calls_now();
  void tell_ready();
  void feed_watchdog(std::chrono::microseconds interval);
  void look_whether_it_is_over();

  std::shared_ptr<const Settings> settings_;
  std::function<Settings(base::Mistakes&)> reread_;
  base::EventLoop loop_;
  base::UniqueFd lock_;
  Spans spans_;
  ServedLines lines_;
  SpoolKeeper spool_;
  std::optional<base::ControlServer> control_;
  ServiceFacts facts_;
  unsigned stops_wanted_ = 0;
  bool ready_told_ = false;
  int exit_code_ = EX_OK;
};

Supervisor::Supervisor(Configuration configuration)
    : settings_(std::make_shared<const Settings>(std::move(configuration.settings))),
      reread_(std::move(configuration.reread)),
      spans_(loop_),
      lines_(loop_, lock_, spans_, [this](LineKeeper& line, LineNews news) { hear(line, news); }),
      spool_(loop_),
      facts_{std::time(nullptr)} {}

// A line takes some six descriptors here, and there may be hundreds.
void may_have_many_files() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 65'536);
  ::setrlimit(RLIMIT_NOFILE, &files);
}

void Supervisor::prepare_spool() {
  base::make_durable_folder(settings_->spool, 0770);
  for (const char* folder : {"incoming", "ready", "refused", "trace", "recordings"})
    base::make_durable_folder(settings_->spool / folder, 0770);
  lock_.reset(::open((settings_->spool / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660));
  if (!lock_) throw base::system_failure("cannot open " + (settings_->spool / "lock").string());
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    throw base::Failure(
        "another dahdi-faxrx uses the spool {}, or calls of one that was killed still run; wait, or give "
        "this one its own "
        "(spool = \"...\")",
        settings_->spool.string());
}

// In a process of its own: it reads what callers sent.
void Supervisor::finish_old_calls() const {
  const pid_t pid = base::fork_child([this] {
    base::log::set_speaker("start");
    base::sandbox::close_other_fds({});
    base::sandbox::restrict_files({{settings_->spool / "incoming", base::sandbox::FileRight::write},
                                   {settings_->spool / "ready", base::sandbox::FileRight::write}});
    base::sandbox::allow_only({base::sandbox::plain_computing, base::sandbox::working_with_files});
    finish_leftovers(Spool(settings_->spool), "");
    return EX_OK;
  });
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0)
    base::log::error("looking through {} {}", settings_->spool.string(), base::how_it_ended(status));
}

// Nobody's fax is worth less for it: only a place that somebody chose must be had.
void Supervisor::open_control_socket() {
  const auto answer = [this](std::string_view request, const base::ControlPeer& peer) {
    return control_answer(request, peer, facts_, lines_);
  };
  try {
    control_.emplace(loop_, settings_->control_socket, answer);
  } catch (const std::exception& error) {
    if (settings_->control_socket != Settings().control_socket) throw;
    base::log::warning("{}; \"dahdi-faxrx status\" cannot reach this service without (see --control)",
                       error.what());
  }
}

void Supervisor::watch_signals() {
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  for (const int number : {SIGTERM, SIGINT})
    loop_.on_signal(number, [this] { stop_wanted(); });
  loop_.on_signal(SIGHUP, [this] { read_configuration_again(); });
}

void Supervisor::hear(LineKeeper& line, LineNews news) {
  if (news == LineNews::cannot_open) line_cannot_open(line);
  if (news == LineNews::opened) lines_.say_opened(line);
  if (news != LineNews::over) tell_ready();
}

// A line that is no card and is not there at the start is the operator's to mend, who sits in front of it.
void Supervisor::line_cannot_open(const LineKeeper& line) {
  lines_.say_cannot_open(line);
  if (line.kind().comes_and_goes || ready_told_) return;
  exit_code_ = EX_UNAVAILABLE;
  if (stops_wanted_ == 0) stop_wanted();
}

void Supervisor::tell_ready() {
  if (ready_told_ || stops_wanted_ > 0 || !lines_.all_tried()) return;
  ready_told_ = true;
  ::sd_notify(0, "READY=1");
  base::log::info("ready: {}", lines_.summary());
}

void Supervisor::tidy() {
  const auto ended = [](int status) {
    if (status != 0) base::log::error("removing old traces and recordings {}", base::how_it_ended(status));
  };
  try {
    loop_.on_child(base::fork_child([this] { return run_tidy(*settings_); }), ended).keep();
  } catch (const std::system_error& error) {
    base::log::warning("old traces and recordings are not removed now: {}", error.what());
  }
  loop_.after(tidy_pause, [this] { tidy(); });
}

// nullopt: the old ones stay in force, and why was said.
std::optional<Settings> Supervisor::fresh_settings() {
  base::Mistakes mistakes;
  try {
    Settings fresh = reread_(mistakes);
    if (mistakes.empty()) return fresh;
  } catch (const std::exception& error) {
    mistakes.add(error.what());
  }
  base::log::error("the configuration has {} mistake{}; the old one stays in force:\n{}", mistakes.count(),
                   mistakes.count() == 1 ? "" : "s", mistakes.text());
  return std::nullopt;
}

void Supervisor::read_configuration_again() {
  if (facts_.stopping) return base::log::info("stopping: the configuration is not read again");
  if (std::optional<Settings> fresh = fresh_settings()) follow(std::move(*fresh));
}

void Supervisor::follow(Settings fresh) {
  if (fresh.spool != settings_->spool || fresh.user != settings_->user ||
      fresh.control_socket != settings_->control_socket)
    base::log::warning("another spool, user or control_socket takes effect at the next start of the service");
  fresh.spool = settings_->spool;
  fresh.user = settings_->user;
  fresh.control_socket = settings_->control_socket;
  settings_ = std::make_shared<const Settings>(std::move(fresh));
  spans_.follow(settings_);
  lines_.follow(settings_);
  spool_.follow(settings_);
  base::log::info("the configuration was read again: {}", lines_.summary());
}

void Supervisor::stop_wanted() {
  if (++stops_wanted_ > 1) return stop_calls_now();
  facts_.stopping = true;
  ::sd_notify(0, "STOPPING=1");
  base::log::info("stopping: no new calls; running ones may finish for {} s", settings_->drain_limit_s);
  lines_.end();
  loop_.after(std::chrono::seconds(settings_->drain_limit_s), [this] { stop_calls_now(); });
}

void Supervisor::stop_calls_now() {
  base::log::info("ending the calls that still run; their pages are kept");
  lines_.stop_calls();
}

void Supervisor::feed_watchdog(std::chrono::microseconds interval) {
  if (lines_.all_move()) ::sd_notify(0, "WATCHDOG=1");
  loop_.after(interval, [this, interval] { feed_watchdog(interval); });
}

void Supervisor::look_whether_it_is_over() {
  if (lines_.all_over()) {
    facts_.stopping = true;
    spans_.end();
    spool_.end();
  }
  if (spool_.is_over() && spans_.are_over()) return loop_.stop(exit_code_);
  lines_.forget_gone();
}

int Supervisor::run() {
  may_have_many_files();
  prepare_spool();
  finish_old_calls();
  open_control_socket();
  watch_signals();
  spool_.follow(settings_);
  tidy();
  loop_.before_sleep([this] { look_whether_it_is_over(); }).keep();
  spans_.follow(settings_);
  lines_.follow(settings_);
  std::uint64_t watchdog_us = 0;
  if (::sd_watchdog_enabled(0, &watchdog_us) > 0) feed_watchdog(std::chrono::microseconds(watchdog_us / 2));
  return loop_.run();
}

}  // namespace

int supervise(Configuration configuration) {
  return Supervisor(std::move(configuration)).run();
}

}  // namespace faxrx
