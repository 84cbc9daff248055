// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/service.hpp"

#include <pwd.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"

namespace faxmail {
namespace {

constexpr std::size_t most_givers = 16;
constexpr std::uint64_t second_us = 1000000;
constexpr std::uint64_t silence_us = 120 * second_us;  // a giver that says nothing for so long is let go
constexpr std::uint64_t stop_us = 30 * second_us;
constexpr std::uint64_t day_us = 86400 * second_us;

void check(int error, const char* tried) {
  if (error < 0) throw base::system_failure(tried, -error);
}

sd_event* new_loop() {
  sd_event* loop = nullptr;
  check(sd_event_new(&loop), "cannot make an event loop");
  return loop;
}

}  // namespace

Service::Service(Settings settings, std::function<std::optional<Settings>()> reread)
    : settings_(std::move(settings)),
      reread_(std::move(reread)),
      loop_(new_loop(), sd_event_unref),
      spool_(settings_.spool),
      queue_(loop_.get(), spool_, settings_),
      intake_(spool_, [this](const base::CallId& id) { queue_.accepted(id); }),
      socket_(settings_.socket) {
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  watch_signals();
  check(sd_event_add_io(loop_.get(), &listening_, socket_.fd(), EPOLLIN, &Service::connected, this),
        "cannot watch the hand-off socket");
  check(sd_event_add_time_relative(loop_.get(), nullptr, CLOCK_BOOTTIME, day_us, day_us / 24, &Service::daily,
                                   this),
        "cannot make a timer");
  check(sd_event_add_post(loop_.get(), nullptr, &Service::before_sleep, this), "cannot watch the event loop");
  check(sd_event_set_watchdog(loop_.get(), 1), "cannot serve systemd's watchdog");
}

Service::~Service() {
  while (!givers_.empty())
    drop(givers_.front());
  sd_event_source_disable_unref(listening_);
}

void Service::watch_signals() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    sigset_t one;
    ::sigemptyset(&one);
    ::sigaddset(&one, number);
    ::sigprocmask(SIG_BLOCK, &one, nullptr);
    check(sd_event_add_signal(loop_.get(), nullptr, number, &Service::signalled, this),
          "cannot watch a signal");
  }
}

void Service::run() {
  base::log::info("ready: faxes come over {}, mail goes to {}:{}, the spool is {}", settings_.socket.string(),
                  settings_.smtp.server, settings_.smtp.port, settings_.spool.string());
  queue_.resume();
  sd_notify(0, "READY=1");
  check(sd_event_loop(loop_.get()), "the event loop broke");
  base::log::info("ended; in the queue: {}", queue_.size());
}

int Service::connected(sd_event_source*, int, std::uint32_t, void* data) {
  auto* service = static_cast<Service*>(data);
  try {
    service->take_giver();
  } catch (const std::exception& error) {
    base::log::warning("{}", error.what());
  }
  return 0;
}

void Service::take_giver() {
  base::UniqueFd socket(::accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) return;  // it went away again
  if (!may_hand_over(socket.get())) return;
  if (givers_.size() >= most_givers) {
    base::log::warning("a program was sent away from the hand-off socket: {} are connected already",
                       most_givers);
    return;
  }
  Giver& giver = givers_.emplace_back();
  giver.service = this;
  giver.socket = std::move(socket);
  check(sd_event_add_io(loop_.get(), &giver.input, giver.socket.get(), EPOLLIN, &Service::spoke, &giver),
        "cannot watch a connection");
  check(sd_event_add_time_relative(loop_.get(), &giver.deadline, CLOCK_MONOTONIC, silence_us, second_us,
                                   &Service::silent, &giver),
        "cannot make a timer");
}

bool Service::may_hand_over(int socket) const {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  if (who.uid == 0 || who.uid == ::geteuid()) return true;
  const passwd* user = ::getpwuid(who.uid);
  const std::string name = user == nullptr ? std::to_string(who.uid) : user->pw_name;
  const auto& allowed = settings_.allowed_users;
  if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) return true;
  base::log::warning(
      "user {} (process {}) may not hand over faxes; allowed_users in dahdi-faxmail.conf says who may", name,
      who.pid);
  return false;
}

int Service::spoke(sd_event_source*, int, std::uint32_t, void* data) {
  auto* giver = static_cast<Giver*>(data);
  Service* service = giver->service;
  try {
    if (service->intake_.serve(giver->socket.get())) {
      sd_event_source_set_time_relative(giver->deadline, silence_us);
      sd_event_source_set_enabled(giver->deadline, SD_EVENT_ONESHOT);
      return 0;
    }
  } catch (const std::exception& error) {
    // A giver that does not read its answers, or is gone before them. It will offer again.
    base::log::warning("a connection on the hand-off socket was ended: {}", error.what());
  }
  service->drop(*giver);
  return 0;
}

int Service::silent(sd_event_source*, std::uint64_t, void* data) {
  auto* giver = static_cast<Giver*>(data);
  giver->service->drop(*giver);
  return 0;
}

void Service::drop(Giver& giver) {
  sd_event_source_disable_unref(giver.input);
  sd_event_source_disable_unref(giver.deadline);
  givers_.remove_if([&](const Giver& one) { return &one == &giver; });
}

int Service::signalled(sd_event_source*, const signalfd_siginfo* info, void* data) {
  auto* service = static_cast<Service*>(data);
  if (info->ssi_signo == SIGHUP)
    service->read_configuration_again();
  else
    service->stop();
  return 0;
}

void Service::read_configuration_again() {
  auto fresh = reread_();
  if (!fresh) return base::log::error("the configuration has mistakes; the old one stays in force");
  if (fresh->spool != settings_.spool || fresh->socket != settings_.socket)
    base::log::warning("another spool or socket takes effect at the next start");
  fresh->spool = settings_.spool;
  fresh->socket = settings_.socket;
  settings_ = std::move(*fresh);
  base::log::info("the configuration was read again");
  queue_.resume();
}

void Service::stop() {
  if (stopping_) {
    sd_event_exit(loop_.get(), 0);
    return;
  }
  stopping_ = true;
  sd_notify(0, "STOPPING=1");
  base::log::info("stopping; what is being mailed is finished first");
  sd_event_source_set_enabled(listening_, SD_EVENT_OFF);
  while (!givers_.empty())
    drop(givers_.front());
  queue_.stop();
  sd_event_add_time_relative(loop_.get(), nullptr, CLOCK_MONOTONIC, stop_us, second_us, &Service::stop_limit,
                             this);
}

int Service::stop_limit(sd_event_source*, std::uint64_t, void* data) {
  sd_event_exit(static_cast<Service*>(data)->loop_.get(), 0);
  return 0;
}

int Service::before_sleep(sd_event_source*, void* data) {
  auto* service = static_cast<Service*>(data);
  if (service->stopping_ && !service->queue_.working()) sd_event_exit(service->loop_.get(), 0);
  return 0;
}

int Service::daily(sd_event_source* source, std::uint64_t, void* data) {
  try {
    static_cast<Service*>(data)->spool_.forget_old(std::time(nullptr));
  } catch (const std::exception& error) {
    base::log::warning("old ids of faxes cannot be forgotten: {}", error.what());
  }
  sd_event_source_set_time_relative(source, day_us);
  return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

}  // namespace faxmail
