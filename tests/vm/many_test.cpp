// SPDX-License-Identifier: GPL-2.0-or-later
// Many calls at once, and a long one, over the real driver.
#include <doctest/doctest.h>

#include <list>

#include "tests/vm/our_side.hpp"
#include "tests/vm/questions.hpp"

using namespace vm;

TEST_CASE("fifteen callers at once are fifteen faxes, and beside them one of ten pages") {
  CentralOffice office("1-16");
  FaxService service(office, "17-32");
  std::list<FaxMachine> callers;
  callers.emplace_back(office, Words{pages("ten")});
  for (unsigned n = 0; n < 15; ++n)
    callers.emplace_back(office, Words{pages("one")});
  for (const unsigned channel : {17U, 32U})
    CHECK(state_of_channel(office, channel) == "in_use");
  for (FaxMachine& caller : callers)
    CHECK(caller.wait(std::chrono::seconds(900))["exit_code"] == 0);
  for (unsigned channel = our_channel(1); channel <= our_channel(16); ++channel) {
    CAPTURE(channel);
    const Fax fax = service.fax_on(channel);
    CHECK(fax.record["outcome"] == "completed");
    CHECK(same_pages(fax.document, pages(channel == our_channel(1) ? "ten" : "one")));
    check_no_sample_lost(fax);
  }
}
