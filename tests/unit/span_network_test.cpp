// SPDX-License-Identifier: GPL-2.0-or-later
// What exchanges do beside calls that begin and end: the span process, forked and locked down as in service, against
// libpri as the network, with messages that libpri would not send.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/span_parts.hpp"

namespace {

using namespace span_test;

std::vector<std::uint8_t> about(Span& span, const Call& call, MessageType type,
                                const isdn::Elements& elements = {}) {
  return isdn::write_message(type, call.reference, span.network->reference_octets(), elements);
}

long count(const Call& call, MessageType type) {
  return std::count_if(call.answers.begin(), call.answers.end(),
                       [type](const isdn::Message& message) { return message.type == type; });
}

TEST_CASE("The exchange restarts the whole span: every call is gone, and every channel takes another") {
  Span span;
  REQUIRE(span.until_ready());
  for (const int timeslot : {1, 2})
    span.connected_call({.timeslot = timeslot});
  Call& ringing = span.network->place_call({.timeslot = 3});
  REQUIRE(span.rings(3));
  span.network->restart_span();
  CHECK(span.until([&] { return span.network->restarts_acknowledged() == 1; }));
  CHECK(ringing.over);
  CHECK(span.until([&] {
    return std::all_of(span.lines.begin(), span.lines.end(),
                       [](const auto& line) { return line.second.gone; });
  }));
  for (auto& [timeslot, line] : span.lines) {
    CAPTURE(timeslot);
    line.call = 0;
    line.is_there();
    span.settle();
    CHECK(span.connected_call({.timeslot = static_cast<int>(timeslot)}).connected);
    CHECK(line.rings == 2);
  }
}

TEST_CASE("A SETUP that comes twice, as after T303, is one call: while it rings, and when it is connected") {
  Span span;
  REQUIRE(span.until_ready());
  LineEnd& line = span.lines.at(1);
  Call& call = span.network->place_call({});
  REQUIRE(span.rings(1));
  line.say(LineWord::alerts, line.call);
  REQUIRE(span.until([&] { return call.heard(MessageType::alerting); }));
  span.network->repeat_setup(call);
  span.settle();
  line.say(LineWord::answers, line.call);
  REQUIRE(span.until([&] { return call.connected; }));
  span.network->repeat_setup(call);
  span.settle();
  CHECK(line.rings == 1);
  CHECK_FALSE(line.gone);
  CHECK(call.connected);
  CHECK(count(call, MessageType::connect) == 1);
  line.hang_up();
  CHECK(span.until([&] { return call.over; }));
}

TEST_CASE("An exchange that asks for a call's state is told, and the call goes on") {
  Span span;
  REQUIRE(span.until_ready());
  Call& call = span.connected_call();
  REQUIRE(span.network->send(about(span, call, MessageType::status_enquiry)));
  CHECK(span.until([&] { return count(call, MessageType::status) == 1; }));
  CHECK(call.answers.back().cause == PRI_CAUSE_RESPONSE_TO_STATUS_ENQUIRY);
  CHECK_FALSE(span.lines.at(1).gone);
  CHECK(call.connected);
}

TEST_CASE("An exchange that has forgotten a call says so, and the line is free") {
  Span span;
  REQUIRE(span.until_ready());
  Call& call = span.connected_call();
  // Call state null (Q.931 4.5.7): it knows no such call.
  isdn::Elements null_state = isdn::cause_element(PRI_CAUSE_WRONG_CALL_STATE);
  null_state.insert(null_state.end(), {0x14, 1, 0});
  REQUIRE(span.network->send(about(span, call, MessageType::status, null_state)));
  CHECK(span.until([&] { return span.lines.at(1).gone; }));
}

TEST_CASE("Messages of types that nobody knows, and of calls that nobody has, cost no call") {
  Span span;
  REQUIRE(span.until_ready());
  Call& call = span.connected_call();
  for (const int type : {0x00, 0x33, 0x6d, 0x7f})
    span.network->send(about(span, call, static_cast<MessageType>(type)));
  const int octets = span.network->reference_octets();
  span.network->send(isdn::write_message(MessageType::connect, 4711, octets, {}));
  span.network->send(isdn::write_message(MessageType::disconnect, 4712, octets, isdn::cause_element(16)));
  span.settle();
  CHECK_FALSE(span.has_ended());
  CHECK_FALSE(span.lines.at(1).gone);
  CHECK(span.connected_call({.timeslot = 2}).connected);
  CHECK(call.connected);
}

TEST_CASE("Every channel is connected, one caller more is refused, and none is when a line is free again") {
  Span span;
  REQUIRE(span.until_ready());
  for (const int timeslot : {1, 2, 3})
    span.connected_call({.timeslot = timeslot});
  Call& fourth = span.network->place_call({.exclusive = false});
  REQUIRE(span.until([&] { return fourth.over; }));
  CHECK(fourth.cause == PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION);
  span.lines.at(2).hang_up();
  span.settle();
  Call& fifth = span.network->place_call({.exclusive = false});
  REQUIRE(span.rings(2, 2));
  CHECK(span.until([&] { return fifth.timeslot == 2; }));
}

}  // namespace
