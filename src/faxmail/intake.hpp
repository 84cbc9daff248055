// SPDX-License-Identifier: GPL-2.0-or-later
// Takes faxes over: one OFFER becomes one job folder, on the disk with everything in it before the ACK goes
// out. It trusts nobody: every field of a frame is checked, the document is copied and its checksum taken
// from the copy. Owned by the Service; knows nothing of its event loop.
#pragma once

#include <functional>

#include "src/base/call_id.hpp"
#include "src/faxmail/spool.hpp"
#include "src/handoff/frame.hpp"
#include "src/handoff/report.hpp"

namespace faxmail {

class Intake {
 public:
  using Reported = std::function<void(const base::CallId& id, const handoff::Report& report)>;

  // `accepted` is told of each job in the queue after its ACK went out, perhaps more than once. `reported` has
  // the report on the disk when it returns, or throws; it may get one twice after a crash.
  Intake(Spool& spool, std::function<void(const base::CallId&)> accepted, Reported reported = {})
      : spool_(spool), accepted_(std::move(accepted)), reported_(std::move(reported)) {}

  // Receives one frame from a socket that has one, and answers. False: this connection is over.
  bool serve(int socket);

 private:
  struct Answer {
    handoff::FrameType type;
    std::string sentence;
    bool in_queue = false;  // the queue may not know of it yet
  };
  Answer answer_to(const handoff::Frame& frame);
  Answer take(const handoff::Frame& frame);
  Answer take_report(const handoff::Frame& frame);
  void store(const handoff::Frame& frame, const std::string& record_json);
  void check_room(std::uint64_t bytes) const;

  Spool& spool_;
  std::function<void(const base::CallId&)> accepted_;
  Reported reported_;
};

}  // namespace faxmail
