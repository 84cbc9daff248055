// SPDX-License-Identifier: GPL-2.0-or-later
// The call control of an ISDN span in this project's own words: what Q.931 tells (IsdnEvent) and what can be asked of
// it (Signalling). pri_controller.hpp makes it of libpri; tests and the fuzzer play it. Nothing here knows of libpri.
#pragma once

#include <cstdint>
#include <string>

#include "hw/isdn/call_link.hpp"

namespace span {

using hw::isdn::Cause;

// A call as the signalling knows it. Good until forget(), or until the call has ended; using one longer does no harm.
enum class CallHandle : std::uintptr_t { none = 0 };

inline constexpr int any_timeslot = -1, no_timeslot = 0;

// What a SETUP says. Texts as they came: any bytes.
struct Setup {
  int timeslot = any_timeslot;
  bool exclusive = true;  // that channel or none
  bool complete = false;  // no more digits will come
  bool audio = true;      // speech or 3.1 kHz; false: data, video
  hw::Law law = hw::Law::unknown;
  std::string called;
  std::string calling, calling_name;
  hw::Withheld withheld = hw::Withheld::no;
  hw::Screening screening = hw::Screening::not_told;
  std::string redirecting;
  hw::Redirection redirection = hw::Redirection::none;
};

enum class EventKind : std::uint8_t {
  none,
  layer2_up,
  layer2_down,
  setup,                 // SETUP
  digits,                // INFORMATION, for a number that is not complete
  network_clears,        // DISCONNECT: to be answered with hang_up()
  network_released,      // RELEASE, or a call that failed: to be answered with hang_up(), and forgotten
  cleared,               // the call is over
  connect_acknowledged,  // CONNECT ACKNOWLEDGE
  channel_restarted,     // RESTART came, and was acknowledged
  span_restarted,        // ... of the whole interface
  restart_acknowledged,  // of one that we asked for
  complaint              // in `text`: something the operator should know
};

struct IsdnEvent {
  EventKind kind = EventKind::none;
  CallHandle call = CallHandle::none;
  int timeslot = no_timeslot;
  Cause cause = 0;
  std::string text = {};  // digits, complaint
  Setup setup = {};
};

class Signalling {
 public:
  virtual ~Signalling() = default;

  // Each names the channel it is about, as the first answer to a SETUP must.
  virtual void acknowledge_setup(CallHandle call, unsigned timeslot) = 0;  // more digits, please
  virtual void proceeding(CallHandle call, unsigned timeslot) = 0;
  virtual void alerting(CallHandle call, unsigned timeslot) = 0;
  virtual void connect(CallHandle call, unsigned timeslot) = 0;
  // Says what the call's state wants: DISCONNECT, RELEASE or RELEASE COMPLETE.
  virtual void hang_up(CallHandle call, Cause cause) = 0;
  virtual void forget(CallHandle call) = 0;  // in silence
  virtual void restart(unsigned timeslot) = 0;
};

}  // namespace span
