// SPDX-License-Identifier: GPL-2.0-or-later
// The exchange at the other end of several trunks of dahdi-faxrx -c trunk:FOLDER/…: a network for each, all in one
// thread at a time. For the benchmark of many B channels.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <thread>
#include <vector>

#include "tests/pri/network.hpp"

namespace bench {

class TrunkExchange {
 public:
  // Connects to the D channel of each folder; channels are those of an E1. Throws base::Failure when a span does not
  // come up.
  explicit TrunkExchange(const std::vector<std::filesystem::path>& folders);

  // A call on every B channel of every span, at once; when all are connected, the time that each took, in ms. Throws
  // base::Failure when one is not.
  std::vector<double> call_all();
  void hang_up_all();  // and until every call is over
  void go_on_for(std::chrono::seconds time);

  // Goes on by itself as long as this is held: in between nobody else may use the exchange.
  [[nodiscard]] std::jthread keep_going();

 private:
  bool work_until(const std::function<bool()>& is_so, std::chrono::seconds limit);
  void work_once(int longest_wait_ms);
  bool all(const std::function<bool(const isdn::Call&)>& is_so) const;

  std::list<isdn::Network> networks_;
  std::vector<isdn::Call*> calls_;  // of the last call_all()
};

}  // namespace bench
