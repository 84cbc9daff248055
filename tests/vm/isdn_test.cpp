// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of an E1 of the real driver: calls come by its D channel, with libpri as the network, their sound by its B
// channels.
#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <string>

#include "tests/unit/scratch_folder.hpp"
#include "tests/vm/isdn_exchange.hpp"
#include "tests/vm/our_side.hpp"

using namespace vm;

namespace {

constexpr const char* our_channels = "32-46,48-62";
constexpr unsigned of_our_span = 30;

// The number of a timeslot's own, as a trunk has many.
std::string number_of(unsigned timeslot) {
  return "03098765" + std::to_string(10 + timeslot);
}

const std::filesystem::path& read_first(const std::filesystem::path& folder) {
  read_files_from_host("tests/vm/isdn_stories src/faxrx/dahdi-faxrx");
  return folder;
}

// The exchange's end of the span, and the service on ours.
struct Trunk {
  Trunk() : service(read_first(folder.path), our_channels) {
    // Each channel is restarted once, as nobody knows what the exchange thought of it.
    REQUIRE(exchange.until(
        [this] { return exchange.network().up && exchange.network().restarted.size() == of_our_span; }, 60));
  }

  unit::ScratchFolder folder;
  IsdnExchange exchange;
  FaxService service;
};

void check_arrived(FaxService& service, unsigned timeslot) {
  CAPTURE(timeslot);
  const Fax fax = service.fax_on(our_isdn_channel(timeslot));
  INFO(fax.record.dump(1));
  CHECK(fax.record["outcome"] == "completed");
  CHECK(fax.record["called"] == number_of(timeslot));
  CHECK(fax.record["caller_number"] == "089" + std::to_string(1000 + timeslot));
  CHECK(same_pages(fax.document, pages("one")));
  check_no_sample_lost(fax);
}

}  // namespace

TEST_CASE(
    "fifteen callers at once are fifteen faxes, each with the number that was dialled; a channel takes "
    "another") {
  Trunk trunk;
  for (unsigned timeslot = 1; timeslot <= 15; ++timeslot)
    trunk.exchange.dial(timeslot, number_of(timeslot), pages("one"));
  auto& callers = trunk.exchange.callers;
  REQUIRE(trunk.exchange.until(
      [&] { return std::all_of(callers.begin(), callers.end(), [](const auto& one) { return one.over; }); },
      240));
  for (const IsdnCaller& caller : callers) {
    CAPTURE(caller.timeslot);
    CHECK_MESSAGE(caller.sent_all(1), trunk.service.log());
    check_arrived(trunk.service, caller.timeslot);
  }
  IsdnCaller& again = trunk.exchange.dial(15, number_of(15), pages("one"));
  REQUIRE(trunk.exchange.until([&] { return again.over; }, 240));
  CHECK_MESSAGE(again.sent_all(1), trunk.service.log());
}

TEST_CASE("thirty callers within a second are each answered within 4 s") {
  Trunk trunk;
  for (unsigned timeslot = 1; timeslot <= 31; ++timeslot)
    if (timeslot != d_channel_of_exchange) trunk.exchange.dial(timeslot, number_of(timeslot), pages("one"));
  const auto& callers = trunk.exchange.callers;
  CHECK(callers.size() == of_our_span);
  CHECK_MESSAGE(trunk.exchange.until(
                    [&] {
                      return std::all_of(callers.begin(), callers.end(),
                                         [](const auto& one) { return one.answered(); });
                    },
                    4),
                trunk.service.log());
}

TEST_CASE("the span's process is killed in a call: the fax arrives, and the next call too") {
  Trunk trunk;
  IsdnCaller& caller = trunk.exchange.dial(7, number_of(7), pages("one"));
  REQUIRE(trunk.exchange.until([&] { return caller.machine.page_progress() > 0.2; }, 120));
  const auto pids = scenario::descendants_named(trunk.service.process().pid(), "faxrx span 2");
  REQUIRE(pids.size() == 1);
  ::kill(pids.front(), SIGKILL);
  REQUIRE(trunk.exchange.until([&] { return caller.over; }, 240));
  CHECK_MESSAGE(caller.sent_all(1), trunk.service.log());
  check_arrived(trunk.service, 7);
  IsdnCaller& next = trunk.exchange.dial(9, number_of(9), pages("one"));
  REQUIRE(trunk.exchange.until([&] { return next.over; }, 240));
  CHECK_MESSAGE(next.sent_all(1), trunk.service.log());
  check_arrived(trunk.service, 9);
}
