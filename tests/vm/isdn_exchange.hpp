// SPDX-License-Identifier: GPL-2.0-or-later
// The exchange's end of an E1 of the real driver, in the story's own process: libpri as the network on its D channel,
// and fax machines as callers on its B channels. One thread: whoever waits for something calls until().
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "hw/dahdi/b_channel.hpp"
#include "hw/isdn/d_channel.hpp"
#include "src/base/socket_pair.hpp"
#include "src/faxcall/fax_caller.hpp"
#include "tests/unit/mini_network.hpp"
#include "tests/vm/two_ends.hpp"

namespace vm {

// Channel N of the exchange is joined to this one of ours (tests/vm/isdn.conf).
constexpr unsigned our_isdn_channel(unsigned exchanges) {
  return exchanges + 31;
}

constexpr unsigned d_channel_of_exchange = 16;

// A fax machine whose call the network places on one B channel.
struct IsdnCaller {
  IsdnCaller(span_test::MiniNetwork& network, unsigned timeslot, const std::string& called,
             const std::string& file);
  void block();
  [[nodiscard]] bool answered() const;
  [[nodiscard]] bool sent_all(int pages) const;

  span_test::MiniNetwork& network;
  unsigned timeslot;
  span_test::NetworkCall& call;
  std::unique_ptr<hw::dahdi::BChannel> sound;  // from the answer on
  faxcall::FaxCaller machine;
  bool over = false;
};

class IsdnExchange {
 public:
  IsdnExchange();

  IsdnCaller& dial(unsigned timeslot, const std::string& called, const std::string& file);
  // As the driver's time goes, until it is so; false: it was not, in that time.
  bool until(const std::function<bool()>& is_so, double limit_s);

  span_test::MiniNetwork& network() { return network_; }
  std::list<IsdnCaller> callers;

 private:
  explicit IsdnExchange(base::SocketPair frames);
  void pass_frames();

  std::unique_ptr<hw::isdn::DChannel> d_channel_;
  base::UniqueFd frames_;  // to libpri, which has them by a socket
  span_test::MiniNetwork network_;
};

}  // namespace vm
