// SPDX-License-Identifier: GPL-2.0-or-later
// Stories of faxes that arrive through the real driver: the telephone exchange rings a channel, dahdi-faxrx answers it.
#include <doctest/doctest.h>

#include <list>

#include "tests/vm/our_side.hpp"
#include "tests/vm/questions.hpp"

using namespace vm;

namespace {

void check_arrived(FaxService& service, unsigned channel, const std::filesystem::path& sent) {
  CAPTURE(channel);
  const Fax fax = service.fax_on(channel);
  INFO(fax.record.dump(1));
  CHECK(fax.record["outcome"] == "completed");
  CHECK(same_pages(fax.document, sent));
  check_no_sample_lost(fax);
}

}  // namespace

TEST_CASE("three pages come through the driver, pixel for pixel, and no sample of theirs is lost") {
  CentralOffice office("1");
  FaxService service(office, "17");
  FaxMachine caller(office, {pages("sample")});
  CHECK(state_of_channel(office, 17) == "in_use");
  const auto call = caller.wait();
  CHECK(call["exit_code"] == 0);
  CHECK(call["pages_confirmed"] == 3);
  CHECK(call["rate_bps"] == 14400);
  check_arrived(service, 17, pages("sample"));
  CHECK_MESSAGE(office.log_says("0 overruns, 0 underruns"), office.log());
}

TEST_CASE("four callers at once are four faxes, each on its own channel") {
  CentralOffice office("1-4");
  FaxService service(office, "17-20");
  std::list<FaxMachine> callers;
  for (const char* modem : {"v17", "v17", "v29", "v27ter"})
    callers.emplace_back(office, Words{"--modem", modem, pages("one")});
  CHECK(state_of_channel(office, 20) == "in_use");
  CHECK(state_of_channel(office, 21) == "ready");
  for (FaxMachine& caller : callers)
    CHECK(caller.wait()["exit_code"] == 0);
  for (const unsigned channel : {17U, 18U, 19U, 20U})
    check_arrived(service, channel, pages("one"));
}

TEST_CASE("the caller's number and name are in the fax's record, however the exchange tells them") {
  struct Way {
    const char* standard;
    bool before_first_ring;
    const char* name;
  };
  const Way ways[] = {{"bellcore", false, "Dr. Mueller"}, {"v23", false, "Dr. Mueller"}, {"dtmf", false, ""},
                      {"bellcore", true, "Dr. Mueller"},  {"v23", true, "Dr. Mueller"},  {"dtmf", true, ""}};
  std::list<CentralOffice> offices;
  std::list<FaxMachine> callers;
  for (unsigned channel = 1; const Way& way : ways) {
    Words options = {"--caller-id", way.standard};
    if (way.before_first_ring) options.emplace_back("--before-first-ring");
    offices.emplace_back(std::to_string(channel++), options);
  }
  FaxService service(offices.front(), "17-22", "[receive]\nrings = 2\n");
  for (const CentralOffice& office : offices)
    callers.emplace_back(office, Words{pages("one")});
  CHECK(state_of_channel(offices.front(), 22) == "in_use");
  for (FaxMachine& caller : callers)
    CHECK(caller.wait()["exit_code"] == 0);
  for (unsigned channel = 17; const Way& way : ways) {
    CAPTURE(way.standard);
    CAPTURE(way.before_first_ring);
    const Fax fax = service.fax_on(channel++);
    CHECK(fax.record["caller_number"] == "0301234");
    CHECK(fax.record["caller_name"] == way.name);
    CHECK(fax.record["rings"] == 2);
  }
}

TEST_CASE("however few rings are wanted, the caller's number is waited for, which comes behind the first") {
  CentralOffice office("1", {"--caller-id", "bellcore"});
  FaxService service(office, "17", "[receive]\nrings = 1\n");
  FaxMachine caller(office, {pages("one")});
  CHECK(caller.wait()["exit_code"] == 0);
  const Fax fax = service.fax_on(17);
  CHECK(fax.record["caller_number"] == "0301234");
  CHECK(fax.record["rings"] == 1);
}
