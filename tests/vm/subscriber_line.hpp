// SPDX-License-Identifier: GPL-2.0-or-later
// One subscriber's line at the telephone exchange: who calls its socket (hw/exchange) is put through to its DAHDI
// channel, at the other end of which is a line of ours. Owned by the central office's loop, which calls work() whenever
// one of its descriptors has something, and at least when its time is over.
#pragma once

#include <poll.h>

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "hw/line.hpp"
#include "tests/vm/caller_id_sender.hpp"
#include "tests/vm/fxs_port.hpp"

namespace vm {

struct Habits {  // of the exchange
  CallerIdStandard caller_id = CallerIdStandard::none;
  bool before_first_ring = false;
  int ring_ms = 0;  // distinctive ringing: how long its bell rings, every 4 s; 0: as in its country
  unsigned other_telephone_answers =
      0;                  // after so many rings one does, on the subscriber's own line; 0: there is none
  std::string busy_tone;  // the country whose busy tone a caller's hang-up sounds like; none: kewlstart
};

class SubscriberLine {
 public:
  // The socket is FOLDER/NUMBER. Throws base::Failure when there is none to be had.
  SubscriberLine(const std::string& folder, unsigned number, const Habits& habits);

  [[nodiscard]] std::array<pollfd, 2> waits_for() const noexcept;
  [[nodiscard]] int poll_timeout_ms() const noexcept;
  void work();

 private:
  enum class State : std::uint8_t {
    out_of_service,  // no channel, or its span is down → idle
    idle,            // → telling, ringing: somebody calls · seized: the far end goes off-hook
    telling,         // sends the caller ID before the first ring → ringing
    summoning,       // Japan: short rings ask the far end to go off-hook → told
    told,            // ... and it hears the caller ID → ringing, clearing: it does not hang up
    ringing,         // → talking: the far end answers · idle: the caller gives up
    talking,         // → clearing: the caller hangs up · idle: the far end does
    clearing,        // the far end has still to hang up → idle
    seized           // the far end is off-hook by itself, and hears dial tone → idle
  };

  void open();
  void take_port_event(int event);
  void ring_is_over();
  void far_end_off_hook();
  void far_end_on_hook();
  void take_line_event(hw::LineEvent event);
  void somebody_calls();
  void caller_gone();
  void lose_caller();
  void answer();
  void begin_caller_id(bool with_alert);
  void send_caller_id();
  void caller_id_sent();
  void look_at_clock();
  void begin_ringing();
  void relay();
  void be(State state);
  void log(const std::string& sentence) const;

  unsigned number_;
  const Habits& habits_;
  std::unique_ptr<hw::Line> line_;  // towards the caller
  std::unique_ptr<FxsPort> port_;   // towards the subscriber
  CallerIdSender caller_id_;
  State state_ = State::out_of_service;
  bool other_telephone_ = false;     // has the call, and ours is on-hook
  unsigned rings_over_ = 0;          // of this call
  bool rings_ = false;               // the driver does; else it is still busy with the end of the last call
  bool caller_told_ = false;         // the caller ID was begun
  std::int64_t due_ms_ = 0;          // when look_at_clock() has something to do; 0 = never
  std::optional<hw::Block> unsent_;  // of the caller ID: the driver's buffers were full
  std::optional<hw::Block> from_caller_;  // to be exchanged for the port's next block
  std::deque<hw::Block> from_port_;
  unsigned blocks_ = 0, overruns_ = 0, underruns_ = 0;  // of this call
};

}  // namespace vm
