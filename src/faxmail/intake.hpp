// SPDX-License-Identifier: GPL-2.0-or-later
// Takes faxes over: one OFFER becomes one job folder, on the disk with everything in it before the ACK goes
// out. It trusts nobody: every field of a frame is checked, and the document is left to a child
// (offered_document.hpp), so that no file, however large and wherever it lies, stops the loop. Owned by the Service.
//
//   a frame → wrong, a report, or a fax that is known  → answered at once
//           → a new fax → waits for its turn           → a child copies it → the job gets its name → answered
//
// An id has one child at a time: the same fax offered over two connections waits for the first, and is then known, or
// tried for itself.
#pragma once

#include <functional>
#include <list>
#include <optional>

#include "src/base/call_id.hpp"
#include "src/base/event_loop.hpp"
#include "src/faxmail/spool.hpp"
#include "src/faxmail/workers.hpp"
#include "src/handoff/frame.hpp"
#include "src/handoff/report.hpp"

namespace faxmail {

class Intake {
 public:
  using Accepted = std::function<void(const base::CallId& id)>;
  using Reported = std::function<void(const base::CallId& id, const handoff::Report& report)>;
  using Served = std::function<void(bool goes_on)>;

  // How long a copy may take: a giver waits 60 s for its answer, and one that has a huge document offers it again.
  struct Limits {
    std::size_t copies_at_once = 4;
    double copy_s = 45, bytes_a_second = 4e6;
  };

  // `accepted` is told of each job in the queue after its answer went out, perhaps more than once. `reported` has
  // the report on the disk when it returns, or throws; it may get one twice after a crash. The loop and the spool
  // outlive it.
  Intake(base::EventLoop& loop, Spool& spool, Accepted accepted, Reported reported, Limits limits);
  Intake(base::EventLoop& loop, Spool& spool, Accepted accepted, Reported reported = {})
      : Intake(loop, spool, std::move(accepted), std::move(reported), Limits{}) {}
  ~Intake();  // what is being copied is as if it had never been offered
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;

  // Serves the frame that waits at a socket, and calls `served` once when it is answered, perhaps before this returns;
  // false: this connection is over. Until then the socket stays open and nobody else reads from it.
  void serve(int socket, Served served);
  // No new copies; those that wait for their turn get no answer. What is being copied is finished.
  void stop();
  [[nodiscard]] bool working() const noexcept { return copiers_.running() != 0; }

 private:
  struct Answer {
    handoff::FrameType type;
    std::string sentence;
    bool goes_on = true;
  };
  struct Offer {
    int socket;
    handoff::Frame frame;     // whose document is still at the socket, or with the child
    std::string record_json;  // as it will be kept
    Served served;
    pid_t copier = 0;  // none yet
  };
  using Offers = std::list<Offer>;

  std::optional<Answer> answer_at_once(Offer& offer);
  Answer take_report(const handoff::Frame& frame);
  Answer acknowledge_again(const base::CallId& id);
  void start_copies();
  [[nodiscard]] bool is_being_copied(const base::CallId& id) const;
  std::optional<Answer> start_copy(Offers::iterator offer);
  void copied(Offers::iterator offer, const WorkerEnd& end);
  Answer commit(const base::CallId& id, const WorkerEnd& end);
  template <typename Act>
  std::optional<Answer> answer_of(const base::CallId& id, const Act& act);
  void say(Offer& offer, const Answer& answer);
  void check_room(std::uint64_t bytes) const;

  Spool& spool_;
  Accepted accepted_;
  Reported reported_;
  const Limits limits_;
  Offers offers_;
  bool stopping_ = false;
  Workers copiers_;
};

}  // namespace faxmail
