// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/service.hpp"

#include <pwd.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "src/base/log.hpp"
#include "src/faxmail/archive_record.hpp"
#include "src/faxmail/call_reports.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/queue/answers.hpp"

namespace faxmail {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_givers = 16;
constexpr auto longest_silence = 120s;  // a giver that says nothing for so long is let go
constexpr auto stop_limit = 30s;
constexpr auto day = 24h;

}  // namespace

Service::Service(Settings settings, std::function<std::optional<Settings>()> reread)
    : settings_(std::move(settings)),
      reread_(std::move(reread)),
      spool_(settings_.spool),
      queue_(loop_, spool_, settings_),
      operator_mail_(
          loop_, spool_, settings_,
          // Later: the queue itself may be what reports.
          [this](const base::CallId& id) { loop_.after(0s, [this, id] { queue_.accepted(id); }); }),
      disk_watch_(loop_, spool_, settings_, operator_mail_),
      archive_keeper_(loop_, spool_, settings_, [this] { return faxes_in_queue(); }),
      intake_(
          spool_, [this](const base::CallId& id) { queue_.accepted(id); },
          [this](const base::CallId&, const handoff::Report& report) {
            report_news(report, settings_, operator_mail_);
          }),
      socket_(settings_.socket),
      daily_(loop_, CLOCK_BOOTTIME, [this] { forget_old_ids(); }) {
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  watch_signals();
  open_control_socket();
  listening_ = loop_.on_readable(socket_.fd(), [this] {
    giver_came();
    return true;
  });
  daily_.set(day);
  loop_.before_sleep([this] { end_if_done(); }).keep();
  loop_.serve_watchdog();
}

// No fax is worth less for it.
void Service::open_control_socket() {
  try {
    control_.emplace(loop_, spool_.control(),
                     [this](std::string_view request, const base::ControlPeer& peer) {
                       return queue_answer(request, peer, queue_);
                     });
  } catch (const std::exception& error) {
    base::log::warning("{}; \"dahdi-faxmail queue\" and its likes cannot reach this service", error.what());
  }
}

void Service::watch_signals() {
  for (const int number : {SIGTERM, SIGINT})
    loop_.on_signal(number, [this] { stop(); });
  loop_.on_signal(SIGHUP, [this] { read_configuration_again(); });
}

void Service::run() {
  std::string servers = name_of(settings_.smtp);
  for (const Smtp& one : settings_.servers)
    servers += ", " + name_of(one);
  base::log::info("ready: faxes come over {}, mail goes to {}, the spool is {}", settings_.socket.string(),
                  servers, settings_.spool.string());
  queue_.tell([this](const Job& job) { tell_of_cut_fax(job); },
              [this](const Job& job) { mail_is_done(job); });
  queue_.resume();
  operator_mail_.resume();
  disk_watch_.look();
  archive_keeper_.clean();
  sd_notify(0, "READY=1");
  loop_.run();
  base::log::info("ended; in the queue: {}", queue_.size());
}

Service::Giver::Giver(Service& service, base::UniqueFd connection)
    : socket(std::move(connection)),
      input(service.loop_.on_readable(socket.get(), [this, &service] { return service.giver_spoke(*this); })),
      silence(service.loop_, CLOCK_MONOTONIC, [this, &service] { service.drop(*this); }) {
  silence.set(longest_silence);
}

void Service::giver_came() {
  try {
    take_giver();
  } catch (const std::exception& error) {
    base::log::warning("{}", error.what());
  }
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
  givers_.emplace_back(*this, std::move(socket));
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

bool Service::giver_spoke(Giver& giver) {
  try {
    if (intake_.serve(giver.socket.get())) {
      giver.silence.set(longest_silence);
      return true;
    }
  } catch (const std::exception& error) {
    // A giver that does not read its answers, or is gone before them. It will offer again.
    base::log::warning("a connection on the hand-off socket was ended: {}", error.what());
  }
  drop(giver);
  return false;
}

void Service::drop(Giver& giver) {
  givers_.remove_if([&](const Giver& one) { return &one == &giver; });
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
  if (stopping_) return loop_.stop(0);
  stopping_ = true;
  sd_notify(0, "STOPPING=1");
  base::log::info("stopping; what is being mailed is finished first");
  listening_.drop();
  givers_.clear();
  queue_.stop();
  loop_.after(stop_limit, [this] { loop_.stop(0); });
}

void Service::end_if_done() {
  if (stopping_ && !queue_.working()) loop_.stop(0);
}

// No fax waits because the operator cannot be told.
void Service::tell_of_cut_fax(const Job& job) {
  try {
    report_fax(job, settings_, operator_mail_);
  } catch (const std::exception& error) {
    base::log::error("the operator cannot be told of fax {}: {}", job.id.text(), error.what());
  }
}

void Service::mail_is_done(const Job& job) {
  note_done(spool_.archive(), job);
  if (settings_.tiff_days == 0 || settings_.pdf_days == 0) archive_keeper_.clean_soon();
}

std::set<base::CallId> Service::faxes_in_queue() const {
  std::set<base::CallId> ids;
  for (const auto& [id, why] : queue_.unreadable())
    ids.insert(id);
  for (const auto& [id, job] : queue_.jobs()) {
    ids.insert(id);
    try {
      if (std::filesystem::exists(job.folder / record_file)) ids.insert(record_of(job).id);
    } catch (const std::exception& error) {
      base::log::warning("{}", error.what());
    }
  }
  return ids;
}

void Service::forget_old_ids() {
  try {
    spool_.forget_old(std::time(nullptr));
  } catch (const std::exception& error) {
    base::log::warning("old ids of faxes cannot be forgotten: {}", error.what());
  }
  daily_.set(day);
}

}  // namespace faxmail
