// SPDX-License-Identifier: GPL-2.0-or-later
// dahdi-faxmail as a service: one event loop over the hand-off socket, the queue's children, timers and
// signals. Nothing in it waits: sockets do not block, work of any length is a child's. Owned by main.
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>

#include "src/base/unique_fd.hpp"
#include "src/faxmail/intake.hpp"
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
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void
  run();  // until SIGTERM or SIGINT; what is being delivered then is finished (30 s), a second signal ends it

 private:
  struct Giver {
    Service* service = nullptr;
    base::UniqueFd socket;
    sd_event_source* input = nullptr;
    sd_event_source* deadline = nullptr;
  };
  static int connected(sd_event_source* source, int fd, std::uint32_t events, void* service);
  static int spoke(sd_event_source* source, int fd, std::uint32_t events, void* giver);
  static int silent(sd_event_source* source, std::uint64_t now_us, void* giver);
  static int signalled(sd_event_source* source, const signalfd_siginfo* info, void* service);
  static int daily(sd_event_source* source, std::uint64_t now_us, void* service);
  static int stop_limit(sd_event_source* source, std::uint64_t now_us, void* service);
  static int before_sleep(sd_event_source* source, void* service);
  void watch_signals();
  void take_giver();
  [[nodiscard]] bool may_hand_over(int socket) const;
  void drop(Giver& giver);
  void stop();
  void read_configuration_again();

  Settings settings_;
  std::function<std::optional<Settings>()> reread_;
  std::unique_ptr<sd_event, sd_event* (*)(sd_event*)> loop_;
  Spool spool_;
  Queue queue_;
  Intake intake_;
  HandoffSocket socket_;
  std::list<Giver> givers_;
  sd_event_source* listening_ = nullptr;
  bool stopping_ = false;
};

}  // namespace faxmail
