// SPDX-License-Identifier: GPL-2.0-or-later
// The span process, forked and locked down as in service, against libpri as the network.
#include <doctest/doctest.h>

#include <random>
#include <thread>

#include "tests/unit/span_parts.hpp"

namespace {

using namespace span_test;
using hw::isdn::Cause;
namespace cause = hw::isdn::cause;

// How a call ends that nobody takes.
Cause refusal(Span& span, const Setup& setup) {
  Call& call = span.network->place_call(setup);
  REQUIRE(span.until([&] { return call.over; }));
  return static_cast<Cause>(call.cause);
}

TEST_CASE("A call: proceeding, alerting, connect; its identity comes to the line; the line hangs up") {
  Span span;
  REQUIRE(span.until_ready());
  Call& call =
      span.network->place_call({.called = "4711", .caller = "301234", .name = "Ada", .redirecting = "4700"});
  REQUIRE(span.rings(1));
  LineEnd& line = span.lines.at(1);
  const hw::CallIdentity& who = line.ring.identity;
  CHECK(who.called.view() == "4711");
  CHECK(who.caller_number.view() == "301234");
  CHECK(who.redirecting.view() == "4700");
  CHECK(who.redirection == hw::Redirection::busy);
  CHECK(who.screening == hw::Screening::passed);
  CHECK(who.withheld == hw::Withheld::no);
  CHECK(line.ring.law == hw::Law::a);
  CHECK(span.until([&] { return call.heard() == "CALL PROCEEDING"; }));
  line.say(LineWord::alerts, line.call);
  CHECK(span.until([&] { return call.heard() == "CALL PROCEEDING, ALERTING"; }));
  line.say(LineWord::answers, line.call);
  CHECK(span.until([&] { return call.heard() == "CALL PROCEEDING, ALERTING, CONNECT"; }));
  line.hang_up();
  CHECK(span.until([&] { return call.over; }));
  CHECK(call.cause == 16);
  CHECK_FALSE(line.gone);
  // The channel is free again.
  span.connected_call();
  CHECK(line.rings == 2);
}

TEST_CASE("The caller hangs up: while it rings, and in the call") {
  Span span;
  REQUIRE(span.until_ready());
  Call& ringing = span.network->place_call({});
  REQUIRE(span.rings(1));
  span.network->hang_up(ringing);
  CHECK(span.until([&] { return span.lines.at(1).gone && ringing.over; }));
  span.lines.at(1).is_there();
  Call& call = span.connected_call({.timeslot = 2});
  span.network->hang_up(call, PRI_CAUSE_NORMAL_CLEARING);
  CHECK(span.until([&] { return span.lines.at(2).gone && call.over; }));
  CHECK(span.lines.at(2).gone_with == 16);
}

TEST_CASE("A number that is withheld is not told, whatever the network says") {
  Span span;
  REQUIRE(span.until_ready());
  span.network->place_call(
      {.caller = "301234", .name = "Ada", .presentation = PRES_PROHIB_USER_NUMBER_PASSED_SCREEN});
  REQUIRE(span.rings(1));
  CHECK(span.lines.at(1).ring.identity.withheld == hw::Withheld::by_caller);
  CHECK(span.lines.at(1).ring.identity.caller_number.empty());
  CHECK(span.lines.at(1).ring.identity.caller_name.empty());
}

TEST_CASE("Causes: each refusal says why") {
  span::SpanSettings settings;
  settings.numbers = {"4711", "_48XX"};
  Span span(settings);
  REQUIRE(span.until_ready());
  CHECK(refusal(span, {.called = "999"}) == cause::unallocated);
  CHECK(refusal(span, {.bearer = PRI_TRANS_CAP_DIGITAL}) == cause::incompatible);
  CHECK(refusal(span, {.called = "4711", .timeslot = 9}) == cause::channel_unavailable);
  span.connected_call({.called = "4812"});
  CHECK(refusal(span, {.timeslot = 1}) == cause::channel_unavailable);
  Call& other = span.network->place_call({.timeslot = 1, .exclusive = false});
  REQUIRE(span.rings(2));
  CHECK(span.until([&] { return other.timeslot == 2; }));
  for (const unsigned timeslot : {2U, 3U})
    span.lines.at(timeslot).is_there(Welcome::no, span.lines.at(timeslot).call);
  span.settle();
  CHECK(refusal(span, {.timeslot = 1, .exclusive = false}) == cause::no_circuit);
  span.lines.at(3).is_there(Welcome::no_room);
  span.settle();
  CHECK(refusal(span, {.timeslot = 3}) == cause::congestion);
  CHECK(refusal(span, {.timeslot = 1, .exclusive = false}) == cause::congestion);
}

TEST_CASE("A line sends a call away with its cause, and one that says nothing does not keep it") {
  Span span;
  REQUIRE(span.until_ready());
  for (const Cause why : {cause::rejected, cause::user_busy, cause::congestion, cause::temporary_failure}) {
    CAPTURE(int{why});
    Call& call = span.network->place_call({});
    const unsigned before = span.lines.at(1).rings;
    REQUIRE(span.until([&] { return span.lines.at(1).rings > before; }));
    span.lines.at(1).hang_up(why);
    REQUIRE(span.until([&] { return call.over; }));
    CHECK(call.cause == why);
  }
  Call& nobody = span.network->place_call({.timeslot = 2});
  REQUIRE(span.until([&] { return nobody.over; }));
  CHECK(nobody.cause == cause::timer_expired);
  CHECK(span.lines.at(2).gone);
}

TEST_CASE("Digits one by one: complete by the settings, by their number, by time") {
  span::SpanSettings settings;
  settings.numbers = {"4711", "_49."};
  settings.overlap_digits = 6;
  settings.overlap_timeout_s = 1;
  Span span(settings);
  REQUIRE(span.until_ready());
  Call& exact = span.network->place_call({.called = "47", .complete = false});
  REQUIRE(span.until([&] { return exact.heard() == "SETUP ACKNOWLEDGE"; }));
  span.network->more_digits(exact, "11");
  REQUIRE(span.rings(1));
  CHECK(span.lines.at(1).ring.identity.called.view() == "4711");
  Call& longest = span.network->place_call({.called = "", .timeslot = 2, .complete = false});
  REQUIRE(span.until([&] { return longest.heard() == "SETUP ACKNOWLEDGE"; }));
  span.network->more_digits(longest, "4912345");
  REQUIRE(span.rings(2));
  CHECK(span.lines.at(2).ring.identity.called.view() == "491234");
  Call& by_time = span.network->place_call({.called = "491", .timeslot = 3, .complete = false});
  REQUIRE(span.rings(3));
  CHECK(span.lines.at(3).ring.identity.called.view() == "491");
  CHECK(by_time.heard(MessageType::setup_acknowledge));
  for (auto& [timeslot, line] : span.lines)
    line.hang_up();
  CHECK(span.until([&] { return exact.over && longest.over && by_time.over; }));
  Call& wrong = span.network->place_call({.called = "12", .complete = false});
  REQUIRE(span.until([&] { return wrong.over; }));
  CHECK(wrong.cause == cause::unallocated);
}

TEST_CASE("The exchange restarts a channel, then the span: their calls are gone, the others go on") {
  Span span;
  REQUIRE(span.until_ready());
  span.connected_call({.timeslot = 1});
  span.connected_call({.timeslot = 2});
  span.network->restart_channel(1);
  CHECK(span.until([&] { return span.lines.at(1).gone; }));
  CHECK_FALSE(span.lines.at(2).gone);
  span.lines.at(1).call = 0;
  span.lines.at(1).is_there();
  span.settle();
  span.connected_call({.timeslot = 1});
  CHECK(span.lines.at(1).rings == 2);
}

TEST_CASE(
    "The span process is killed in a call: the line hears nothing of it, and its channel is restarted after "
    "it") {
  Span span;
  REQUIRE(span.until_ready());
  span.connected_call({.timeslot = 2});
  span.kill();
  span.network->forget_restarted();
  span.start();
  REQUIRE(span.until([&] { return span.lines.at(2).asked == 2 && span.network->restarted().size() >= 2; }));
  CHECK_FALSE(span.lines.at(2).gone);
  CHECK(std::count(span.network->restarted().begin(), span.network->restarted().end(), 2) == 0);
  CHECK(refusal(span, {.timeslot = 2}) != 0);
  span.connected_call({.timeslot = 1});
  CHECK(span.lines.at(1).rings == 1);
  span.lines.at(2).hang_up();
  CHECK(span.until([&] {
    return std::count(span.network->restarted().begin(), span.network->restarted().end(), 2) == 1;
  }));
}

TEST_CASE("A line's process dies: its caller is told, and the channel takes calls again when it is back") {
  Span span;
  REQUIRE(span.until_ready());
  Call& call = span.connected_call();
  span.lines.at(1).say(LineWord::closed);
  REQUIRE(span.until([&] { return call.over; }));
  CHECK(call.cause == cause::temporary_failure);
  CHECK(refusal(span, {}) == cause::channel_unavailable);
  span.lines.at(1).call = 0;
  span.lines.at(1).is_there();
  span.settle();
  span.connected_call();
  CHECK(span.lines.at(1).rings == 2);
}

TEST_CASE("An exchange that never acknowledges CONNECT") {
  Span span;
  REQUIRE(span.until_ready());
  span.network->never_acknowledge_connect();
  Call& call = span.connected_call();
  REQUIRE(span.until([&] { return call.over; }, 20'000));
  CHECK(span.lines.at(1).gone);
}

TEST_CASE("Layer 2 is lost and comes back: the call goes on, the lines know between calls") {
  Span span;
  REQUIRE(span.until_ready());
  span.connected_call();
  span.network->fall_silent();
  CHECK(span.until([&] { return !span.lines.at(2).signalling; }, 60'000));
  CHECK_FALSE(span.lines.at(1).gone);  // its sound does not come by the D channel
  span.network->fall_silent(false);
  CHECK(span.until([&] { return span.lines.at(2).signalling; }, 60'000));
  CHECK(span.connected_call({.timeslot = 3}).connected);
}

TEST_CASE("A basic access to us alone: calls on both channels, and what is not ours is refused") {
  span::SpanSettings settings;
  settings.access = "basic";
  settings.numbers = {"4711"};
  Span span(settings, {1, 2});
  REQUIRE(span.until_ready());
  CHECK(span.connected_call({.timeslot = 1}).connected);
  Call& others = span.network->place_call({.called = "999", .timeslot = 2});
  CHECK(span.until([&] { return others.over; }));
  CHECK(others.cause == PRI_CAUSE_UNALLOCATED);
  CHECK(span.connected_call({.timeslot = 2}).connected);
  span.lines.at(1).hang_up();
  CHECK(span.until([&] { return span.network->calls().front().over; }));
}

TEST_CASE("A bus with several telephones: what is not ours is another's") {
  span::SpanSettings settings;
  settings.access = "basic-multipoint";
  settings.numbers = {"4711"};
  Span span(settings, {1, 2});
  REQUIRE(span.until([&] { return span.lines.at(1).asked > 0 && span.lines.at(2).asked > 0; }));
  Call& others = span.network->place_call({.called = "999"});
  Call& data = span.network->place_call({.timeslot = 2, .bearer = PRI_TRANS_CAP_DIGITAL});
  span.until([] { return false; }, 1500);
  CHECK(others.answers.empty());
  CHECK(data.answers.empty());
  CHECK(span.lines.at(1).signalling);
  Call& ours = span.network->place_call({.timeslot = 2});
  REQUIRE(span.rings(2));
  span.lines.at(2).say(LineWord::answers, span.lines.at(2).call);
  CHECK(span.until([&] { return ours.connected; }));
}

// Q.921 as far as it takes to have libpri read what follows: SABME is answered, I frames are numbered.
unsigned throw_garbage(Span& span, std::mt19937& random, unsigned frames) {
  const std::vector<std::uint8_t> setup = {
      0x08, 0x02, 0x00, 0x01, 0x05, 0xa1, 0x04, 0x03, 0x90, 0x90, 0xa3, 0x18, 0x03, 0xa9, 0x83, 0x81,
      0x1e, 0x02, 0x82, 0x83, 0x28, 0x03, 'A',  'd',  'a',  0x6c, 0x06, 0x21, 0x83, '3',  '0',  '1',
      '2',  0x70, 0x05, 0xa1, '4',  '7',  '1',  '1',  0x1c, 0x05, 0x91, 0xa1, 0x02, 0x01, 0x01};
  unsigned deaths = 0;
  std::uint8_t sent = 0, received = 0;
  for (unsigned n = 0; n < frames; ++n) {
    if (span.has_ended()) {
      ++deaths;
      span.start();
    }
    for (auto frame = span.take_frame(); !frame.empty(); frame = span.take_frame()) {
      if (frame.size() >= 3 && (frame[2] & 0xef) == 0x6f) {  // SABME
        span.send_frame({frame[0], frame[1], 0x73, 0, 0});
        sent = received = 0;
      } else if (frame.size() >= 4 && (frame[2] & 1) == 0) {
        received = static_cast<std::uint8_t>((frame[2] >> 1) + 1) & 0x7f;
      }
    }
    std::vector<std::uint8_t> frame = {0x02, 0x01, static_cast<std::uint8_t>(sent << 1),
                                       static_cast<std::uint8_t>(received << 1)};
    sent = (sent + 1) & 0x7f;
    std::vector<std::uint8_t> message = setup;
    message[3] = static_cast<std::uint8_t>(random());
    message[4] = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : 0x05);
    for (unsigned i = random() % 8; i > 0; --i)
      message[random() % message.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) message.resize(random() % message.size());
    frame.insert(frame.end(), message.begin(), message.end());
    frame.insert(frame.end(), {0, 0});
    span.send_frame(frame);
    if (n % 16 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return deaths;
}

TEST_CASE(
    "Frames no exchange would send: calls that run are not touched, and what they cost is a restart at "
    "most") {
  Span span;
  REQUIRE(span.until_ready());
  span.connected_call({.timeslot = 3});
  std::mt19937 random(4711);
  const unsigned deaths = throw_garbage(span, random, 4000);
  MESSAGE("the span process died " << deaths << " times of 4000 frames");
  span.kill();
  span.lines.at(1).answers = span.lines.at(2).answers = true;
  for (const unsigned timeslot : {1U, 2U})
    span.lines.at(timeslot).call = 0;
  while (!span.take_frame().empty()) {
  }
  const auto asked = span.lines.at(3).asked;
  span.start();
  REQUIRE(span.until([&] { return span.network->up() && span.lines.at(3).asked > asked; }, 30'000));
  CHECK(span.lines.at(3).call != 0);  // nobody took its call away
}

TEST_CASE("It ends when it is told to: no new call, after the last") {
  Span span;
  REQUIRE(span.until_ready());
  Call& call = span.connected_call();
  span.lines.at(1).hang_up();
  CHECK(span.drain() == 0);
  static_cast<void>(call);
}

TEST_CASE("Thirty calls within a second are all connected within four") {
  std::vector<unsigned> timeslots;
  for (unsigned timeslot = 1; timeslot <= 31; ++timeslot)
    if (timeslot != 16) timeslots.push_back(timeslot);
  Span span({}, timeslots);
  REQUIRE(span.until_ready());
  for (const unsigned timeslot : timeslots)
    span.network->place_call({.timeslot = static_cast<int>(timeslot)});
  const bool all = span.until(
      [&] {
        bool connected = true;
        for (auto& [timeslot, line] : span.lines) {
          if (line.rings == 1) {
            line.say(LineWord::alerts, line.call);
            line.say(LineWord::answers, line.call);
            ++line.rings;
          }
        }
        for (const Call& call : span.network->calls())
          connected = connected && call.connected;
        return connected;
      },
      4'000);
  CHECK(all);
}

}  // namespace
