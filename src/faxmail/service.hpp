// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail as a service: one event loop over the hand-off socket, the children of intake and queue, timers and
// signals. Nothing in it waits: sockets do not block, work of any length is a child's. Owned by main.
#pragma once

#include <functional>
#include <optional>
#include <set>

#include "src/base/control_server.hpp"
#include "src/base/event_loop.hpp"
#include "src/faxmail/after_fax.hpp"
#include "src/faxmail/archive_keeper.hpp"
#include "src/faxmail/disk_watch.hpp"
#include "src/faxmail/givers.hpp"
#include "src/faxmail/intake.hpp"
#include "src/faxmail/operator_mail.hpp"
#include "src/faxmail/queue.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"

namespace faxmail {

class Service {
 public:
  // `reread` gives the configuration anew (SIGHUP); nullopt: it has mistakes, which it has reported.
  Service(Settings settings, std::function<std::optional<Settings>()> reread);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void
  run();  // until SIGTERM or SIGINT; what is being delivered or copied then is finished (30 s), a second signal ends it

 private:
  void open_control_socket();
  void watch_signals();
  void forget_old_ids();
  void tell_of_cut_fax(const Job& job);
  void mail_is_done(const Job& job);
  [[nodiscard]] std::set<base::CallId> faxes_in_queue() const;
  void stop();
  void end_if_done();
  void read_configuration_again();

  Settings settings_;
  std::function<std::optional<Settings>()> reread_;
  base::EventLoop loop_;
  Spool spool_;
  Queue queue_;
  OperatorMail operator_mail_;
  AfterFax after_fax_;
  DiskWatch disk_watch_;
  ArchiveKeeper archive_keeper_;
  Intake intake_;
  Givers givers_;
  std::optional<base::ControlServer> control_;
  base::Timer daily_;
  bool stopping_ = false;
};

}  // namespace faxmail
