// SPDX-License-Identifier: GPL-2.0-or-later
// libpri, the only place that knows it: Q.921 and Q.931 on the user's side of one D channel, in this project's words.
// libpri allocates, reads the wall clock and keeps state of its own in static variables: so it lives in the span
// process and nowhere near audio, one controller a process. Its licence is GPL-2 only: it is in dahdi-faxrx alone.
#pragma once

#include <functional>
#include <memory>

#include "hw/isdn/d_channel.hpp"
#include "src/span/signalling.hpp"
#include "src/span/span_plan.hpp"

namespace span {

class PriController final : public Signalling {
 public:
  using Listener = std::function<void(const IsdnEvent&)>;

  // Throws base::Failure when libpri does not want to.
  PriController(hw::isdn::DChannel& d_channel, Access access, SwitchType switch_type, bool overlap);
  ~PriController() override;
  PriController(const PriController&) = delete;
  PriController& operator=(const PriController&) = delete;

  // Takes the frames that have come, and does what is due; tells what comes of it.
  void work(const Listener& listener);
  [[nodiscard]] int timeout_ms() const;  // until work() is due; −1 = only when a frame comes

  void acknowledge_setup(CallHandle call, unsigned timeslot) override;
  void proceeding(CallHandle call, unsigned timeslot) override;
  void alerting(CallHandle call, unsigned timeslot) override;
  void connect(CallHandle call, unsigned timeslot) override;
  void hang_up(CallHandle call, Cause cause) override;
  void forget(CallHandle call) override;
  void restart(unsigned timeslot) override;

 private:
  struct Libpri;
  std::unique_ptr<Libpri> libpri_;
};

}  // namespace span
