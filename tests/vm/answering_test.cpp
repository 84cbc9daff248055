// SPDX-License-Identifier: GPL-2.0-or-later
// When a line on the real driver is answered, and as what: each line has ways of its own, all of them at once.
#include <doctest/doctest.h>

#include <list>

#include "tests/vm/our_side.hpp"
#include "tests/vm/questions.hpp"

using namespace vm;
using namespace std::chrono_literals;

namespace {

constexpr const char* settings = R"(
[[line]]
lines = ["17"]
answer = "take-over"
[[line]]
lines = ["18"]
answer = "listen"
[[line]]
lines = ["19"]
answer = "listen"
without_cng = "hang-up"
listen_s = 5
[[line]]
lines = ["20", "25"]
refuse = ["_030X."]
[[line]]
lines = ["21"]
called_by_ring = ["1500-2500 4712", "500-900 4711"]
[[line]]
lines = ["22"]
caller_id = "japan"
[[line]]
lines = ["23"]
called = "100"
station_id = "+49 30 100"
[[line]]
lines = ["24"]
answer = "never"
)";

}  // namespace

TEST_CASE(
    "each line answers as its settings say: taken over, listened to, refused, by its ring, in Japan, never") {
  std::list<CentralOffice> offices;
  offices.emplace_back("1", Words{"--caller-id", "bellcore", "--other-telephone-answers", "2"});
  offices.emplace_back("2-3");
  offices.emplace_back("4", Words{"--caller-id", "v23", "--before-first-ring"});
  offices.emplace_back("5", Words{"--ring-ms", "700"});
  offices.emplace_back("6", Words{"--caller-id", "japan"});
  offices.emplace_back("7", Words{"--caller-id", "v23", "--before-first-ring"});
  offices.emplace_back("8-9", Words{"--caller-id", "bellcore"});
  FaxService service(offices.front(), "17-25", settings);

  const auto office = [&offices](int n) -> const CentralOffice& { return *std::next(offices.begin(), n); };
  FaxMachine taken_over(office(0), {pages("one")});
  FaxMachine listened_to(office(1), {pages("one")});
  FaxMachine no_machine(office(1), {"--silent", "60"});
  FaxMachine refused(office(2), {pages("one")});
  FaxMachine by_ring(office(3), {pages("one")});
  FaxMachine in_japan(office(4), {pages("one")});
  FaxMachine withheld(office(5), {"--from", "", pages("one")});
  FaxMachine never(office(6), {pages("one")});
  FaxMachine welcome(office(6), {"--from", "0891234", pages("one")});

  CHECK(no_machine.wait()["exit_code"] != 0);
  CHECK(becomes(offices.front(), "19", "ready", 10s));
  for (FaxMachine* caller : {&taken_over, &listened_to, &by_ring, &in_japan, &withheld, &welcome}) {
    const auto call = caller->wait();
    CHECK_MESSAGE(call["exit_code"] == 0, caller->log());
    if (caller == &by_ring) CHECK(call["far_station_id"] == "4711");
    if (caller == &withheld) CHECK(call["far_station_id"] == "+49 30 100");
  }
  for (FaxMachine* caller : {&refused, &never})  // after a minute of ringing
    CHECK(caller->wait()["answered"] == false);
  CHECK_MESSAGE(service.log_says("0301234 (Dr. Mueller) rang and was not answered"), service.log());
  CHECK_MESSAGE(service.log_says("this line answers nobody"), service.log());

  for (const unsigned channel : {17U, 18U, 21U, 22U, 23U, 25U}) {
    CAPTURE(channel);
    const Fax fax = service.fax_on(channel);
    CHECK(fax.record["outcome"] == "completed");
    CHECK(same_pages(fax.document, pages("one")));
    check_no_sample_lost(fax);
  }
  CHECK(office(0).log().find("taken over from the other telephone") != std::string::npos);
  CHECK(service.fax_on(17).record["caller_number"] == "0301234");
  CHECK(service.fax_on(21).record["called"] == "4711");
  CHECK(service.fax_on(21).record["ring_ms"] > 500);
  CHECK(service.fax_on(21).record["ring_ms"] < 900);
  CHECK(service.fax_on(22).record["caller_number"] == "0301234");
  CHECK(service.fax_on(23).record["caller_number"] == "");
  CHECK(service.fax_on(23).record["number_withheld"] == "by_caller");
  CHECK(service.fax_on(23).record["called"] == "100");
  CHECK(service.fax_on(25).record["caller_number"] == "0891234");
  CHECK(state_of_channel(offices.front(), 17) == "in_use");
}
