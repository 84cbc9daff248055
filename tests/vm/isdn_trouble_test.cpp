// SPDX-License-Identifier: GPL-2.0-or-later
// What goes wrong with ISDN spans, on the real driver: the span process is killed, the exchange restarts the span, the
// span is in alarm, all of it in the middle of calls.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/vm/trunk.hpp"

using namespace vm;

namespace {

// Both are in the middle of their page: after the training, before its end.
void bring_into_page(Trunk& trunk, const IsdnCaller& one, const IsdnCaller& other) {
  REQUIRE_MESSAGE(
      trunk.exchange.until(
          [&] { return one.machine.page_progress() > 0.2 && other.machine.page_progress() > 0.2; }, 120),
      trunk.service.log());
}

bool becomes_ready(Trunk& trunk, unsigned timeslot) {
  const ServiceFolder folder(trunk.folder.path);
  const std::string line = std::to_string(trunk.span.ours(timeslot));
  for (int second = 0; second < 90; ++second) {
    if (state_of_line(folder, line) == "ready") return true;
    trunk.exchange.until([] { return false; }, 1);
  }
  return false;
}

// What had come is kept, and nobody was told that it is all.
void check_cut_off(Trunk& trunk, unsigned timeslot) {
  CAPTURE(timeslot);
  const Fax fax = trunk.service.fax_on(trunk.span.ours(timeslot));
  INFO(fax.record.dump(1));
  CHECK(fax.record["complete"] == false);
  CHECK(fax.record["outcome"] != "completed");
  CHECK(fax.record["called"] == number_of(timeslot));
}

}  // namespace

TEST_CASE(
    "the span's process is killed in two calls: one fax arrives, the other's caller is cleared by the "
    "exchange") {
  Trunk trunk;
  IsdnCaller& patient = trunk.dial(7);
  IsdnCaller& cleared = trunk.dial(20);
  bring_into_page(trunk, patient, cleared);
  ::kill(trunk.span_process(), SIGKILL);
  trunk.exchange.until([] { return false; }, 3);  // another process is there by now, and knows of neither
  cleared.hang_up();
  REQUIRE(trunk.exchange.until([&] { return patient.over; }, 240));
  CHECK_MESSAGE(patient.sent_all(1), trunk.service.log());
  trunk.check_arrived(7);
  CHECK_MESSAGE(becomes_ready(trunk, 20), trunk.service.log());
  check_cut_off(trunk, 20);
  trunk.exchange.until([] { return false; }, 7);  // both channels are restarted after their calls
  trunk.check_takes_call(7);
  trunk.check_takes_call(20);
}

TEST_CASE(
    "the exchange restarts the span in two calls: both are over at once, and their channels take others") {
  Trunk trunk;
  IsdnCaller& one = trunk.dial(1);
  IsdnCaller& other = trunk.dial(31);
  bring_into_page(trunk, one, other);
  trunk.exchange.network().restart_span();
  REQUIRE(trunk.exchange.until([&] { return trunk.exchange.network().restarts_acknowledged() == 1; }, 5));
  for (const unsigned timeslot : {1U, 31U}) {
    CHECK_MESSAGE(becomes_ready(trunk, timeslot), trunk.service.log());
    check_cut_off(trunk, timeslot);
  }
  trunk.check_takes_call(31);
}

TEST_CASE(
    "a span goes down in two calls: they are over, their pages kept, and it is served when it is up again") {
  Trunk trunk;
  const ServiceFolder folder(trunk.folder.path);
  IsdnCaller& one = trunk.dial(1);
  IsdnCaller& other = trunk.dial(17);
  bring_into_page(trunk, one, other);
  take_span_away(trunk.span.exchanges_number);
  CHECK(becomes(folder, "32", "no_line", std::chrono::seconds(60)));
  CHECK(has_alarm(folder, e1.ours(2)));
  CHECK(has_alarm(folder, e1.ours(16)));
  CHECK_FALSE(has_alarm(folder, t1.ours(1)));
  for (const unsigned timeslot : {1U, 17U})
    check_cut_off(trunk, timeslot);
  trunk.exchange.go_away();

  give_span_back_unconfigured(trunk.span.exchanges_number);
  REQUIRE(std::system("dahdi_cfg -S 1 -C 1-31") == 0);
  trunk.exchange.come_back();
  REQUIRE_MESSAGE(trunk.exchange.until([&] { return trunk.exchange.network().up(); }, 60),
                  trunk.service.log());
  CHECK(becomes(folder, "32", "ready", std::chrono::seconds(60)));
  CHECK_FALSE(has_alarm(folder, e1.ours(2)));
  trunk.check_takes_call(2);
  // The exchange that had the calls is not there to say that they are over: T305 and T308 do (Q.931 9.2).
  trunk.exchange.until([] { return false; }, 40);
  trunk.check_takes_call(1);
}
