// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of the driver itself and of the exchange that these tests have made of it, with no receiver of faxes: what
// they rely on is so.
#include <doctest/doctest.h>

#include <algorithm>
#include <future>
#include <span>

#include "src/modem/caller_id.hpp"
#include "tests/vm/two_ends.hpp"

using namespace vm;
using hw::exchange::DialRequest;
using hw::exchange::ExchangeCaller;

namespace {

DialRequest dr_mueller() {
  DialRequest request;
  request.called = "030987654";
  request.caller_number = "0301234";
  request.caller_name = "Dr. Mueller";
  return request;
}

// One caller and one channel of ours, for a story's whole length.
struct Connection {
  Connection(const CentralOffice& office, unsigned number)
      : ours(our_channel(number)), caller(office.lines(), dr_mueller()) {}

  // For so many seconds, or until it is so. False: the exchange has hung up.
  template <typename IsSo>
  bool until(IsSo is_so, double limit_s) {
    RealTime time;
    while (time.seconds() < limit_s && !is_so()) {
      time.wait_for_next_block();
      block();
    }
    return connected;
  }
  void block() {
    hw::Block heard{};
    if (connected) connected = caller.exchange(take_block(caller_says), heard);
    if (connected) caller_heard.insert(caller_heard.end(), heard.begin(), heard.end());
    ours.work();
  }
  bool go_on(double for_s) {
    return until([] { return false; }, for_s);
  }
  bool answer() {
    until([this] { return ours.count(DAHDI_EVENT_RINGBEGIN) > 0; }, 5);
    ours.off_hook();
    until([this] { return caller.answered(); }, 5);
    return caller.answered();
  }

  OurEnd ours;
  ExchangeCaller caller;
  bool connected = true;
  Samples caller_heard, caller_says;
};

}  // namespace

TEST_CASE("the driver rings at our end as its country does, until the caller gives up") {
  CentralOffice office("1");
  Connection line(office, 1);
  CHECK(line.go_on(15));  // 2 s of ring, 4 s of pause: the third ring ends at 14 s
  CHECK(line.ours.count(DAHDI_EVENT_RINGBEGIN) == 3);
  CHECK(line.ours.count(DAHDI_EVENT_RINGOFFHOOK) == 3);
  line.caller.hang_up();
  line.connected = false;
  line.go_on(7);
  CHECK(line.ours.count(DAHDI_EVENT_RINGBEGIN) == 3);
  SUBCASE("and the exchange goes on serving") {
    line.caller = ExchangeCaller(office.lines(), dr_mueller());
    line.connected = true;
    line.go_on(3);
    CHECK(line.ours.count(DAHDI_EVENT_RINGOFFHOOK) == 4);
  }
}

TEST_CASE("sound passes both ways, bit by bit, from the answer to the hang-up") {
  CentralOffice office("2");
  Connection line(office, 2);
  const Samples to_us = ulaw_noise(500, 1), to_caller = ulaw_noise(500, 2);
  REQUIRE(line.answer());
  line.caller_says = to_us;
  line.ours.say(to_caller);
  CHECK(line.go_on(11));
  CHECK(contains(line.ours.heard(), to_us));
  CHECK(contains(line.caller_heard, to_caller));

  SUBCASE("the caller hangs up, and the loop current goes") {
    line.caller.hang_up();
    line.connected = false;
    line.until([&] { return line.ours.count(DAHDI_EVENT_ONHOOK) == 1; }, 2);
    CHECK(line.ours.count(DAHDI_EVENT_ONHOOK) == 1);
    CHECK_MESSAGE(office.log_says("0 overruns, 0 underruns"), office.log());
  }
  SUBCASE("we hang up, and the caller is told") {
    line.ours.on_hook();
    CHECK_FALSE(line.go_on(3));
    CHECK(office.log_says("the far end has hung up"));
    CHECK_MESSAGE(office.log_says("0 overruns, 0 underruns"), office.log());
  }
}

TEST_CASE("a caller's hang-up is heard as his country's busy tone, if the exchange is one of those") {
  CentralOffice office("3", {"--busy-tone", "de"});
  Connection line(office, 3);
  REQUIRE(line.answer());
  line.go_on(1);
  line.caller.hang_up();
  line.connected = false;
  const std::size_t before = line.ours.heard().size();
  line.go_on(3);
  CHECK(line.ours.count(DAHDI_EVENT_ONHOOK) == 0);
  // 425 Hz, 480 ms on and 480 ms off: half of the time there is sound.
  const Samples heard(line.ours.heard().begin() + static_cast<std::ptrdiff_t>(before),
                      line.ours.heard().end());
  const auto loud =
      std::count_if(heard.begin(), heard.end(), [](std::int16_t s) { return s > 200 || s < -200; });
  CHECK(static_cast<double>(loud) / static_cast<double>(heard.size()) == doctest::Approx(0.45).epsilon(0.2));
  line.ours.on_hook();
  line.go_on(2);
  line.caller = ExchangeCaller(office.lines(), dr_mueller());  // and the line is free again
}

TEST_CASE("caller ID is heard on-hook, in each standard, between the rings and before the first") {
  struct Way {
    const char* standard;
    bool before_first_ring;
    const char* name;
  };
  const Way ways[] = {{"bellcore", false, "Dr. Mueller"}, {"v23", false, "Dr. Mueller"}, {"dtmf", false, ""},
                      {"bellcore", true, "Dr. Mueller"},  {"v23", true, "Dr. Mueller"},  {"dtmf", true, ""}};
  for (const Way& way : ways) {
    CAPTURE(way.standard);
    CAPTURE(way.before_first_ring);
    Words options = {"--caller-id", way.standard};
    if (way.before_first_ring) options.emplace_back("--before-first-ring");
    CentralOffice office("4", options);
    Connection line(office, 4);
    modem::CallerIdReceiver caller_id;
    std::size_t listened = 0;
    bool told = false;
    line.until(
        [&] {
          const Samples& heard = line.ours.heard();
          told = told || caller_id.hear(std::span(heard).subspan(listened));
          listened = heard.size();
          return told;
        },
        8);
    REQUIRE(told);
    CHECK(caller_id.last().number.view() == "0301234");
    CHECK(caller_id.last().name.view() == way.name);
    CHECK(line.ours.count(DAHDI_EVENT_RINGBEGIN) == (way.before_first_ring ? 0 : 1));
    line.caller.hang_up();
  }
}

TEST_CASE("a span goes down and comes back, and the calls of the others go on") {
  CentralOffice office("1,5");
  Connection line(office, 1);
  Connection other(office, 5);
  REQUIRE(line.answer());
  REQUIRE(other.answer());
  const Samples noise = ulaw_noise(250, 3), answer = ulaw_noise(250, 4);
  other.caller_says = noise;
  other.ours.say(answer);
  const long overruns_before = other.ours.count(DAHDI_EVENT_READ_OVERRUN);  // nobody read before the call
  // The driver takes a second for it, in which both calls have to be served.
  std::future<void> taken_away;
  for (RealTime time; time.seconds() < 6; time.wait_for_next_block()) {
    if (!taken_away.valid() && time.seconds() >= 1)
      taken_away = std::async(std::launch::async, [] { take_span_away(1); });  // our channels 17 to 20
    line.block();
    other.block();
  }
  taken_away.get();
  CHECK(line.ours.count(DAHDI_EVENT_ALARM) == 1);
  CHECK_FALSE(line.connected);
  CHECK(other.connected);
  CHECK(contains(other.ours.heard(), noise));
  CHECK(contains(other.caller_heard, answer));
  CHECK(other.ours.count(DAHDI_EVENT_ALARM) == 0);
  CHECK(other.ours.count(DAHDI_EVENT_READ_OVERRUN) == overruns_before);
  CHECK(other.ours.count(DAHDI_EVENT_WRITE_UNDERRUN) == 0);
  other.caller.hang_up();
  other.connected = false;
  CHECK_MESSAGE(office.log_says("channel 5: the caller has gone after"), office.log());
  CHECK_MESSAGE(office.log_says("blocks, 0 overruns, 0 underruns"), office.log());

  give_span_back(1);
  line.until([&] { return line.ours.count(DAHDI_EVENT_NOALARM) == 1; }, 5);
  CHECK(line.ours.count(DAHDI_EVENT_NOALARM) == 1);
  line.ours.on_hook();
  line.go_on(3);
  // A span that goes down is also heard as rings that nobody made.
  const long rings_before = line.ours.count(DAHDI_EVENT_RINGOFFHOOK);
  line.caller = ExchangeCaller(office.lines(), dr_mueller());
  line.connected = true;
  line.go_on(3);
  CHECK(line.ours.count(DAHDI_EVENT_RINGOFFHOOK) == rings_before + 1);
}
