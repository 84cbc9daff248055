// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/isdn_exchange.hpp"

#include <algorithm>
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

isdn::Setup setup_on(const IsdnSpan& span, unsigned timeslot, const std::string& called) {
  isdn::Setup setup;
  setup.called = called;
  setup.caller = "089" + std::to_string(1000 + timeslot);
  setup.timeslot = static_cast<int>(timeslot);
  setup.layer1 = span.law == hw::Law::a ? PRI_LAYER_1_ALAW : PRI_LAYER_1_ULAW;
  return setup;
}

}  // namespace

IsdnCaller::IsdnCaller(isdn::Network& exchange, const IsdnSpan& cable, unsigned slot,
                       const std::string& called, const std::string& file)
    : network(exchange),
      span(cable),
      timeslot(slot),
      call(exchange.place_call(setup_on(cable, slot, called))),
      machine({.file = file, .station_id = "", .sub_address = ""}, {}) {}

// One block is said for each that is heard: the driver's clock is the call's.
void IsdnCaller::block() {
  if (over || (!sound && !call.connected && !call.over)) return;
  if (!sound && call.over) return static_cast<void>(over = true);
  if (!sound) {
    sound = b_channel(span.exchanges(timeslot));
    sound->take(span.law);
    sound->answer();
  }
  hw::Block block{};
  while (sound->read(block)) {
    machine.hear(block);
    machine.say(block);
    sound->write(block);
  }
  if (call.over) machine.line_gone();
  if (call.over || machine.finished()) hang_up();
}

void IsdnCaller::hang_up() {
  over = true;
  if (!call.over) network.hang_up(call);
  sound.reset();
}

bool IsdnCaller::sent_all(int pages) const {
  const auto reports = machine.pages();
  return static_cast<int>(reports.size()) == pages &&
         std::all_of(reports.begin(), reports.end(), [](const auto& page) { return page.confirmed; });
}

IsdnExchange::IsdnExchange(const IsdnSpan& span) : span_(span) {
  come_back();
}

void IsdnExchange::go_away() {
  callers.clear();
  network_.reset();
}

void IsdnExchange::come_back() {
  network_ = std::make_unique<isdn::Network>(hw::dahdi::open_d_channel(span_.exchanges(span_.d_timeslot)),
                                             isdn::Habits{.switch_type = span_.switch_type});
  // Of an older call the far end may still wait for the end, and takes its reference for that one's.
  network_->skip_references(100 * ++starts_);
}

IsdnCaller& IsdnExchange::dial(unsigned timeslot, const std::string& called, const std::string& file) {
  return callers.emplace_back(*network_, span_, timeslot, called, file);
}

bool IsdnExchange::until(const std::function<bool()>& is_so, double limit_s) {
  for (RealTime time; time.seconds() < limit_s; time.wait_for_next_block()) {
    network_->work();
    for (IsdnCaller& caller : callers)
      caller.block();
    if (is_so()) return true;
  }
  return false;
}

}  // namespace vm
