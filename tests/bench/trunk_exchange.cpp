// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/trunk_exchange.hpp"

#include <poll.h>

#include <algorithm>

#include "hw/exchange/socket.hpp"
#include "src/base/errors.hpp"
#include "tests/bench/many_b_channels.hpp"

namespace bench {
namespace {

constexpr std::chrono::seconds call_limit(60), start_limit(60);
constexpr int patience_s = 10;

}  // namespace

TrunkExchange::TrunkExchange(const std::vector<std::filesystem::path>& folders) {
  for (const std::filesystem::path& folder : folders) {
    base::UniqueFd socket = hw::exchange::connect_to(folder / "d", patience_s);
    if (!socket) throw base::Failure("nobody serves the D channel of {}", folder.string());
    networks_.emplace_back(hw::isdn::d_channel_on(std::move(socket)));
  }
  const bool ready = work_until(
      [this] {
        return std::all_of(networks_.begin(), networks_.end(), [](const isdn::Network& network) {
          return network.up() && network.restarted().size() == b_channels_of_e1;
        });
      },
      start_limit);
  if (!ready) throw base::Failure("not every span has come up within {} s", start_limit.count());
}

void TrunkExchange::work_once(int longest_wait_ms) {
  std::vector<pollfd> waits_for;
  int wait_ms = longest_wait_ms;
  for (isdn::Network& network : networks_) {
    waits_for.push_back({network.fd(), network.poll_events(), 0});
    if (const int due = network.timeout_ms(); due >= 0) wait_ms = std::min(wait_ms, due);
  }
  ::poll(waits_for.data(), waits_for.size(), wait_ms);
  for (isdn::Network& network : networks_)
    network.work();
}

bool TrunkExchange::work_until(const std::function<bool()>& is_so, std::chrono::seconds limit) {
  const auto end = isdn::Clock::now() + limit;
  while (!is_so()) {
    if (isdn::Clock::now() > end) return false;
    work_once(100);
  }
  return true;
}

bool TrunkExchange::all(const std::function<bool(const isdn::Call&)>& is_so) const {
  return std::all_of(calls_.begin(), calls_.end(), [&is_so](const isdn::Call* call) { return is_so(*call); });
}

std::vector<double> TrunkExchange::call_all() {
  calls_.clear();
  for (isdn::Network& network : networks_)
    for (int timeslot = 1; timeslot <= 31; ++timeslot)
      if (timeslot != 16) calls_.push_back(&network.place_call({.timeslot = timeslot}));
  work_until([this] { return all([](const isdn::Call& call) { return call.connected || call.over; }); },
             call_limit);
  std::vector<double> times_ms;
  for (const isdn::Call* call : calls_) {
    if (!call->connected)
      throw base::Failure("a call was not answered: the far end said \"{}\", cause {}", call->heard(),
                          call->cause);
    times_ms.push_back(std::chrono::duration<double, std::milli>(*call->until_connect).count());
  }
  return times_ms;
}

void TrunkExchange::hang_up_all() {
  auto call = calls_.begin();
  for (isdn::Network& network : networks_)
    for (unsigned n = 0; n < b_channels_of_e1; ++n)
      network.hang_up(**call++);
  if (!work_until([this] { return all([](const isdn::Call& one) { return one.over; }); }, call_limit))
    throw base::Failure("not every call is over {} s after its hang-up", call_limit.count());
}

void TrunkExchange::go_on_for(std::chrono::seconds time) {
  work_until([] { return false; }, time);
}

std::jthread TrunkExchange::keep_going() {
  return std::jthread([this](const std::stop_token& stop) {
    while (!stop.stop_requested())
      work_once(100);
  });
}

}  // namespace bench
