// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail as a service: one event loop over the hand-off socket, the queue's children, timers and
// signals. Nothing in it waits: sockets do not block, work of any length is a child's. Owned by main.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <set>

#include "src/base/control_server.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/archive_keeper.hpp"
#include "src/faxmail/disk_watch.hpp"
#include "src/faxmail/intake.hpp"
#include "src/faxmail/operator_mail.hpp"
#include "src/faxmail/queue.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"

namespace faxmail {

// The socket that givers connect to: systemd's when it passed one, else made at `path` (mode 0660).
class HandoffSocket {
 public:
  explicit HandoffSocket(const std::filesystem::path& path);  // throws base::Failure or std::system_error
  ~HandoffSocket();                                           // removes what it made
  HandoffSocket(const HandoffSocket&) = delete;
  HandoffSocket& operator=(const HandoffSocket&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  bool take_from_systemd();
  void make(const std::filesystem::path& path);

  base::UniqueFd fd_;
  std::filesystem::path made_;  // empty: systemd's
};

class Service {
 public:
  // `reread` gives the configuration anew (SIGHUP); nullopt: it has mistakes, which it has reported.
  Service(Settings settings, std::function<std::optional<Settings>()> reread);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void
  run();  // until SIGTERM or SIGINT; what is being delivered then is finished (30 s), a second signal ends it

 private:
  struct Giver {
    Giver(Service& service, base::UniqueFd connection);

    base::UniqueFd socket;
    base::EventLoop::Source input;
    base::Timer silence;
  };
  void open_control_socket();
  void watch_signals();
  void giver_came();
  void take_giver();
  [[nodiscard]] bool may_hand_over(int socket) const;
  bool giver_spoke(Giver& giver);  // false: he is gone
  void drop(Giver& giver);
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
  DiskWatch disk_watch_;
  ArchiveKeeper archive_keeper_;
  Intake intake_;
  HandoffSocket socket_;
  std::optional<base::ControlServer> control_;
  std::list<Giver> givers_;
  base::EventLoop::Source listening_;
  base::Timer daily_;
  bool stopping_ = false;
};

}  // namespace faxmail
