// SPDX-License-Identifier: GPL-2.0-or-later
// The exchange's end of an E1 or a T1 of the real driver, in the story's own process: libpri as the network on its D channel,
// and fax machines as callers on its B channels. One thread: whoever waits for something calls until().
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "hw/dahdi/b_channel.hpp"
#include "src/faxcall/fax_caller.hpp"
#include "tests/pri/network.hpp"
#include "tests/vm/two_ends.hpp"

namespace vm {

// One cable of tests/vm/isdn.conf: timeslot 1 at the exchange's end is joined to timeslot 1 at ours, and so on.
struct IsdnSpan {
  unsigned exchanges_first, our_first, d_timeslot;  // channels of the driver's, and a timeslot
  unsigned exchanges_number, our_number;            // of the spans
  const char* our_lines;                            // after -c
  unsigned b_channels;
  hw::Law law;
  int switch_type;

  [[nodiscard]] constexpr unsigned exchanges(unsigned timeslot) const {
    return exchanges_first + timeslot - 1;
  }
  [[nodiscard]] constexpr unsigned ours(unsigned timeslot) const { return our_first + timeslot - 1; }
};
inline constexpr IsdnSpan e1{1, 32, 16, 1, 2, "32-46,48-62", 30, hw::Law::a, PRI_SWITCH_EUROISDN_E1};
inline constexpr IsdnSpan t1{63, 87, 24, 3, 4, "87-109", 23, hw::Law::mu, PRI_SWITCH_NI2};

// A fax machine whose call the network places on one B channel.
struct IsdnCaller {
  IsdnCaller(isdn::Network& network, const IsdnSpan& span, unsigned timeslot, const std::string& called,
             const std::string& file);
  void block();
  void hang_up();  // at the exchange, as if the caller did
  [[nodiscard]] bool sent_all(int pages) const;

  isdn::Network& network;
  const IsdnSpan& span;
  unsigned timeslot;
  isdn::Call& call;
  std::unique_ptr<hw::dahdi::BChannel> sound;  // from the answer on
  faxcall::FaxCaller machine;
  bool over = false;
};

class IsdnExchange {
 public:
  explicit IsdnExchange(const IsdnSpan& span);

  IsdnCaller& dial(unsigned timeslot, const std::string& called, const std::string& file);
  // As the driver's time goes, until it is so; false: it was not, in that time.
  bool until(const std::function<bool()>& is_so, double limit_s);

  // Its channels are closed, and opened again by an exchange that knows of no call.
  void go_away();
  void come_back();

  isdn::Network& network() { return *network_; }
  std::list<IsdnCaller> callers;

 private:
  const IsdnSpan& span_;
  unsigned starts_ = 0;
  std::unique_ptr<isdn::Network> network_;
};

}  // namespace vm
