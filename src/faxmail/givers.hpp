// SPDX-License-Identifier: GPL-2.0-or-later
// The connections on the hand-off socket: who may come, how many, how long each may be silent. What a connection says
// is the Intake's. Owned by the Service.
#pragma once

#include <list>

#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/handoff_socket.hpp"
#include "src/faxmail/intake.hpp"
#include "src/faxmail/settings.hpp"

namespace faxmail {

class Givers {
 public:
  static constexpr std::size_t most = 16;
  static constexpr std::chrono::seconds longest_silence{120};  // after it a giver that says nothing is let go

  // All outlive it. Throws base::Failure or std::system_error when there can be no socket.
  Givers(base::EventLoop& loop, const Settings& settings, Intake& intake,
         std::chrono::microseconds silence_limit = longest_silence);
  ~Givers();
  Givers(const Givers&) = delete;
  Givers& operator=(const Givers&) = delete;

  // No new ones; those that wait for an answer get it.
  void stop();
  [[nodiscard]] std::size_t connected() const noexcept { return givers_.size(); }

 private:
  struct Giver {
    Giver(Givers& owner, base::UniqueFd connection);
    void listen();
    void spoke();
    void served(bool goes_on);

    Givers& owner;
    base::UniqueFd socket;
    base::EventLoop::Source input;  // none while it waits for its answer: it is not read from
    base::Timer silence;
    bool waits_for_answer = false;
  };
  void came();
  void take();
  [[nodiscard]] bool may_hand_over(int socket) const;
  void drop(Giver& giver);

  base::EventLoop& loop_;
  const Settings& settings_;
  Intake& intake_;
  const std::chrono::microseconds silence_limit_;
  HandoffSocket socket_;
  base::EventLoop::Source listening_;
  std::list<Giver> givers_;
  bool stopping_ = false;
};

}  // namespace faxmail
