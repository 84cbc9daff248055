// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/service.hpp"

#include <systemd/sd-daemon.h>

#include <csignal>

#include "src/base/log.hpp"
#include "src/faxmail/archive_record.hpp"
#include "src/faxmail/call_reports.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/queue/answers.hpp"

namespace faxmail {
namespace {

using namespace std::chrono_literals;

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
      after_fax_(loop_, spool_, settings_, operator_mail_),
      disk_watch_(loop_, spool_, settings_, operator_mail_),
      archive_keeper_(loop_, spool_, settings_, [this] { return faxes_in_queue(); }),
      intake_(
          loop_, spool_, [this](const base::CallId& id) { queue_.accepted(id); },
          [this](const base::CallId&, const handoff::Report& report) {
            report_news(report, settings_, operator_mail_);
          }),
      givers_(loop_, settings_, intake_),
      daily_(loop_, CLOCK_BOOTTIME, [this] { forget_old_ids(); }) {
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  watch_signals();
  open_control_socket();
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
  queue_.tell(
      [this](const Job& job) {
        tell_of_cut_fax(job);
        after_fax_.complete(job);
      },
      [this](const Job& job) { mail_is_done(job); });
  queue_.resume();
  operator_mail_.resume();
  after_fax_.resume();
  disk_watch_.look();
  archive_keeper_.clean();
  sd_notify(0, "READY=1");
  loop_.run();
  base::log::info("ended; in the queue: {}", queue_.size());
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
  after_fax_.resume();
}

void Service::stop() {
  if (stopping_) return loop_.stop(0);
  stopping_ = true;
  sd_notify(0, "STOPPING=1");
  base::log::info("stopping; what is being taken over or mailed is finished first");
  givers_.stop();
  intake_.stop();
  queue_.stop();
  after_fax_.stop();
  loop_.after(stop_limit, [this] { loop_.stop(0); });
}

void Service::end_if_done() {
  const bool working = queue_.working() || intake_.working() || after_fax_.working();
  if (stopping_ && !working) loop_.stop(0);
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
