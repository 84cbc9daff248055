// SPDX-License-Identifier: GPL-2.0-or-later
// The tests' network against libpri as the user's side, over a socket pair: what the stories rely on is so.
#include "tests/pri/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "src/base/socket_pair.hpp"
#include "src/span/pri_controller.hpp"

namespace {

using namespace isdn;
using namespace std::chrono_literals;
using span::EventKind;
using span::IsdnEvent;

// A telephone that answers each call at once, unless it is told not to.
class Telephone {
 public:
  explicit Telephone(base::UniqueFd socket, bool overlap = false)
      : d_channel_(hw::isdn::d_channel_on(std::move(socket))),
        controller_(*d_channel_, span::Access::primary, span::SwitchType::euroisdn, overlap) {}

  void work() {
    controller_.work([this](const IsdnEvent& event) { take(event); });
  }
  [[nodiscard]] long count(EventKind kind) const {
    return std::count_if(events.begin(), events.end(), [kind](const IsdnEvent& e) { return e.kind == kind; });
  }
  [[nodiscard]] const IsdnEvent& last(EventKind kind) const {
    return *std::find_if(events.rbegin(), events.rend(),
                         [kind](const IsdnEvent& e) { return e.kind == kind; });
  }
  span::PriController& controller() { return controller_; }

  bool answers = true;
  std::vector<IsdnEvent> events;

 private:
  void take(const IsdnEvent& event) {
    events.push_back(event);
    const auto timeslot = static_cast<unsigned>(std::max(event.setup.timeslot, 1));
    if (event.kind == EventKind::setup && !event.setup.complete)
      controller_.acknowledge_setup(event.call, timeslot);
    else if (event.kind == EventKind::setup && answers) {
      controller_.proceeding(event.call, timeslot);
      controller_.alerting(event.call, timeslot);
      controller_.connect(event.call, timeslot);
    }
    if (event.kind == EventKind::network_clears || event.kind == EventKind::network_released)
      controller_.hang_up(event.call, event.cause);
  }

  std::unique_ptr<hw::isdn::DChannel> d_channel_;
  span::PriController controller_;
};

struct TwoEnds {
  explicit TwoEnds(const Habits& habits = {}, bool overlap = false)
      : TwoEnds(base::socket_pair(), habits, overlap) {}
  TwoEnds(base::SocketPair ends, const Habits& habits, bool overlap)
      : network(hw::isdn::d_channel_on(std::move(ends[0])), habits), telephone(std::move(ends[1]), overlap) {
    REQUIRE(until([this] { return network.up(); }, 5s));
  }
  template <typename IsSo>
  bool until(IsSo is_so, std::chrono::milliseconds limit = 5s) {
    return network.run_until([&] { return telephone.work(), is_so(); }, limit);
  }
  void settle() {
    until([] { return false; }, 150ms);
  }
  Call& connected_call(const Setup& setup = {}) {
    Call& call = network.place_call(setup);
    REQUIRE(until([&] { return call.connected; }));
    return call;
  }

  Network network;
  Telephone telephone;
};

TEST_CASE("A call is seen as it is on the wire, from its SETUP to its end") {
  TwoEnds ends;
  Setup setup;
  setup.called = "4711";
  setup.caller = "301234";
  setup.redirecting = "4700";
  setup.redirecting_reason = PRI_REDIR_FORWARD_ON_BUSY;
  setup.timeslot = 17;
  Call& call = ends.connected_call(setup);
  CHECK(call.heard() == "CALL PROCEEDING, ALERTING, CONNECT");
  CHECK(call.timeslot == 17);
  CHECK(call.until_connect.has_value());
  const span::Setup& told = ends.telephone.last(EventKind::setup).setup;
  CHECK(told.called == "4711");
  CHECK(told.calling == "301234");
  CHECK(told.redirecting == "4700");
  CHECK(told.redirection == hw::Redirection::busy);
  CHECK(told.timeslot == 17);
  CHECK(told.exclusive);
  CHECK(told.law == hw::Law::a);
  CHECK(ends.until([&] { return ends.telephone.count(EventKind::connect_acknowledged) == 1; }));
  SUBCASE("the network hangs up") {
    ends.network.hang_up(call, PRI_CAUSE_NORMAL_CLEARING);
    CHECK(ends.until([&] { return call.over; }));
    CHECK(call.heard() == "CALL PROCEEDING, ALERTING, CONNECT, RELEASE");
    CHECK(ends.telephone.last(EventKind::network_clears).cause == 16);
  }
  SUBCASE("the telephone does") {
    ends.telephone.controller().hang_up(ends.telephone.last(EventKind::setup).call, 42);
    CHECK(ends.until([&] { return call.over; }));
    CHECK(call.heard() == "CALL PROCEEDING, ALERTING, CONNECT, DISCONNECT, RELEASE COMPLETE");
    CHECK(call.cause == 42);
  }
}

TEST_CASE("A channel that is only preferred, data, a name, and a number withheld") {
  TwoEnds ends;
  Setup setup;
  setup.name = "Ada";
  ends.connected_call(setup);
  CHECK(ends.telephone.last(EventKind::setup).setup.calling_name == "Ada");
  CHECK(ends.telephone.last(EventKind::setup).setup.withheld == hw::Withheld::no);
  setup.timeslot = 2;
  setup.exclusive = false;
  setup.bearer = PRI_TRANS_CAP_DIGITAL;
  setup.presentation = PRES_PROHIB_USER_NUMBER_PASSED_SCREEN;
  ends.connected_call(setup);
  const span::Setup& told = ends.telephone.last(EventKind::setup).setup;
  CHECK_FALSE(told.exclusive);
  CHECK_FALSE(told.audio);
  CHECK(told.withheld == hw::Withheld::by_caller);
}

TEST_CASE("Digits come one by one") {
  TwoEnds ends({}, true);
  Setup setup;
  setup.called = "47";
  setup.complete = false;
  Call& call = ends.network.place_call(setup);
  REQUIRE(ends.until([&] { return call.heard(MessageType::setup_acknowledge); }));
  ends.network.more_digits(call, "11");
  CHECK(ends.until([&] { return ends.telephone.count(EventKind::digits) == 2; }));
  CHECK(ends.telephone.last(EventKind::digits).text == "1");
}

TEST_CASE("A SETUP that comes twice, and messages of a story's own, leave layer 2 as it was") {
  TwoEnds ends;
  Call& call = ends.connected_call();
  for (int i = 0; i < 200; ++i) {  // past the modulus of 128
    ends.network.repeat_setup(call);
    REQUIRE(ends.network.send(
        write_message(MessageType::status_enquiry, call.reference, ends.network.reference_octets(), {})));
    if (i % 4 == 0) ends.settle();
  }
  ends.settle();
  CHECK(ends.network.up());
  CHECK(ends.telephone.count(EventKind::layer2_down) == 0);
  CHECK(std::count_if(call.answers.begin(), call.answers.end(),
                      [](const Message& m) { return m.type == MessageType::status; }) == 200);
  Setup second;
  second.timeslot = 2;
  ends.connected_call(second);
  CHECK(call.connected);
}

TEST_CASE("RESTART of a channel, and of the whole span") {
  TwoEnds ends;
  Call& call = ends.connected_call();
  ends.network.restart_channel(1);
  CHECK(ends.until([&] { return ends.network.restarts_acknowledged() == 1; }));
  CHECK(ends.telephone.last(EventKind::channel_restarted).timeslot == 1);
  CHECK(call.over);
  ends.network.restart_span();
  CHECK(ends.until([&] { return ends.network.restarts_acknowledged() == 2; }));
  CHECK(ends.telephone.count(EventKind::span_restarted) == 1);
}

TEST_CASE("A network that never acknowledges CONNECT is given up by the telephone's T313") {
  Habits habits;
  habits.acknowledges_connect = false;
  TwoEnds ends(habits);
  Call& call = ends.connected_call();
  CHECK(ends.until([&] { return call.over; }, 10s));
  CHECK(ends.telephone.count(EventKind::connect_acknowledged) == 0);
}

TEST_CASE("A network that falls silent is missed") {
  TwoEnds ends;
  ends.network.fall_silent();
  Setup setup;
  ends.network.place_call(setup);
  CHECK(ends.until([&] { return ends.telephone.count(EventKind::layer2_down) == 1; }, 30s));
  CHECK(ends.telephone.count(EventKind::setup) == 0);
  ends.network.fall_silent(false);
  CHECK(ends.until([&] { return ends.telephone.count(EventKind::layer2_up) == 2; }, 30s));
}

TEST_CASE("Thirty calls at once, and all of them again") {
  TwoEnds ends;
  for (int round = 0; round < 2; ++round) {
    std::vector<Call*> calls;
    for (int timeslot = 1; timeslot <= 31; ++timeslot) {
      Setup setup;
      setup.timeslot = timeslot;
      if (timeslot != 16) calls.push_back(&ends.network.place_call(setup));
    }
    const auto all = [&](auto is_so) { return std::all_of(calls.begin(), calls.end(), is_so); };
    CHECK(ends.until([&] { return all([](const Call* c) { return c->connected; }); }));
    for (Call* call : calls)
      ends.network.hang_up(*call);
    CHECK(ends.until([&] { return all([](const Call* c) { return c->over; }); }));
  }
}

TEST_CASE("Octets that are no message, or half of one") {
  CHECK_FALSE(parse_message({}));
  const std::vector<std::vector<std::uint8_t>> wrong = {{0x08},
                                                        {0x08, 0x02},
                                                        {0x08, 0x02, 0x00, 0x01},
                                                        {0x08, 0x0f, 0x00, 0x01, 0x05},
                                                        {0x03, 0x02, 0x00, 0x01, 0x05}};
  for (const auto& octets : wrong)
    CHECK_FALSE(parse_message(octets));
  // Elements that are cut off, or of no octet, say nothing.
  const std::vector<std::vector<std::uint8_t>> half = {
      {0x08}, {0x08, 0x02, 0x82}, {0x18, 0x00}, {0x18, 0x01, 0xe1}, {0x08, 0x00}, {0x08, 0x02, 0x02, 0x02}};
  for (const auto& elements : half) {
    std::vector<std::uint8_t> octets = {0x08, 0x02, 0x80, 0x05, 0x45};
    octets.insert(octets.end(), elements.begin(), elements.end());
    const auto message = parse_message(octets);
    REQUIRE(message);
    CHECK(message->reference == 5);
    CHECK(message->to_originator);
    CHECK(message->cause == 0);
    CHECK(message->timeslot == 0);
  }
  CHECK(to_string(static_cast<MessageType>(0x6d)) == "0x6d");
}

}  // namespace
