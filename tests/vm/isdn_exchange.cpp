// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/isdn_exchange.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "hw/dahdi/dahdi_d_channel.hpp"
#include "hw/dahdi/opening.hpp"

namespace vm {
namespace {

std::unique_ptr<hw::dahdi::BChannel> b_channel(unsigned number) {
  std::unique_ptr<hw::dahdi::Channel> channel = hw::dahdi::open_channel(number);
  hw::dahdi::prepare_b_channel(*channel, number);
  return std::make_unique<hw::dahdi::BChannel>(std::move(channel));
}

span_test::Dial dial_on(unsigned timeslot, const std::string& called) {
  span_test::Dial dial;
  dial.called = called;
  dial.caller = "089" + std::to_string(1000 + timeslot);
  dial.channel = static_cast<int>(timeslot);
  return dial;
}

}  // namespace

IsdnCaller::IsdnCaller(span_test::MiniNetwork& exchange, unsigned slot, const std::string& called,
                       const std::string& file)
    : network(exchange),
      timeslot(slot),
      call(exchange.dial(dial_on(slot, called))),
      machine({.file = file, .station_id = "", .sub_address = ""}, {}) {}

bool IsdnCaller::answered() const {
  return std::find(call.events.begin(), call.events.end(), PRI_EVENT_ANSWER) != call.events.end();
}

// One block is said for each that is heard: the driver's clock is the call's.
void IsdnCaller::block() {
  if (over || !answered()) return;
  if (!sound) {
    sound = b_channel(timeslot);
    sound->take(hw::Law::a);
    sound->answer();
  }
  hw::Block block{};
  while (sound->read(block)) {
    machine.hear(block);
    machine.say(block);
    sound->write(block);
  }
  if (call.over) machine.line_gone();
  if (!call.over && !machine.finished()) return;
  over = true;
  if (!call.over) network.hang_up(call);
  sound.reset();
}

bool IsdnCaller::sent_all(int pages) const {
  const auto reports = machine.pages();
  return static_cast<int>(reports.size()) == pages &&
         std::all_of(reports.begin(), reports.end(), [](const auto& page) { return page.confirmed; });
}

IsdnExchange::IsdnExchange() : IsdnExchange(base::socket_pair()) {}

IsdnExchange::IsdnExchange(base::SocketPair frames)
    : d_channel_(hw::dahdi::open_d_channel(d_channel_of_exchange)),
      frames_(std::move(frames[0])),
      network_(std::move(frames[1]), span::Access::primary) {}

IsdnCaller& IsdnExchange::dial(unsigned timeslot, const std::string& called, const std::string& file) {
  return callers.emplace_back(network_, timeslot, called, file);
}

// Both sides count two octets of FCS, whose values nobody looks at.
void IsdnExchange::pass_frames() {
  std::array<std::uint8_t, 1024> frame{};
  while (d_channel_->next_event() != hw::isdn::DEvent::none) {
  }
  while (const int octets = d_channel_->read(frame))
    ::send(frames_.get(), frame.data(), static_cast<std::size_t>(octets), MSG_DONTWAIT | MSG_NOSIGNAL);
  for (;;) {
    const ssize_t octets = ::recv(frames_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
    if (octets <= 0) return;
    d_channel_->write({frame.data(), static_cast<std::size_t>(octets)});
  }
}

bool IsdnExchange::until(const std::function<bool()>& is_so, double limit_s) {
  for (RealTime time; time.seconds() < limit_s; time.wait_for_next_block()) {
    pass_frames();
    network_.work();
    pass_frames();
    for (IsdnCaller& caller : callers)
      caller.block();
    if (is_so()) return true;
  }
  return false;
}

}  // namespace vm
