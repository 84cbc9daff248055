// SPDX-License-Identifier: GPL-2.0-or-later
// A story's trunk: the exchange's end of a span, and dahdi-faxrx on ours.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "tests/unit/scratch_folder.hpp"
#include "tests/vm/isdn_exchange.hpp"
#include "tests/vm/our_side.hpp"
#include "tests/vm/questions.hpp"

namespace vm {

// The number of a timeslot's own, as a trunk has many.
inline std::string number_of(unsigned timeslot) {
  return "03098765" + std::to_string(10 + timeslot);
}

struct Trunk {
  explicit Trunk(const IsdnSpan& cable = e1)
      : span(cable), exchange(cable), service(read_first(folder.path), cable.our_lines) {
    // Layer 2 is up, and each channel was restarted once, as nobody knows what the exchange thought of it.
    REQUIRE(exchange.until(
        [&] { return exchange.network().up() && exchange.network().restarted().size() == span.b_channels; },
        60));
  }

  IsdnCaller& dial(unsigned timeslot, const std::string& file = "one") {
    return exchange.dial(timeslot, number_of(timeslot), pages(file));
  }
  bool all_over(double limit_s = 240) {
    return exchange.until(
        [&] {
          return std::all_of(exchange.callers.begin(), exchange.callers.end(),
                             [](const auto& one) { return one.over; });
        },
        limit_s);
  }
  pid_t span_process() {
    const auto pids =
        scenario::descendants_named(service.process().pid(), "faxrx span " + std::to_string(span.our_number));
    REQUIRE(pids.size() == 1);
    return pids.front();
  }
  // The fax of that timeslot is there, whole.
  void check_arrived(unsigned timeslot, const std::string& file = "one") {
    CAPTURE(timeslot);
    const Fax fax = service.fax_on(span.ours(timeslot));
    INFO(fax.record.dump(1));
    CHECK(fax.record["outcome"] == "completed");
    CHECK(fax.record["called"] == number_of(timeslot));
    CHECK(fax.record["caller_number"] == "089" + std::to_string(1000 + timeslot));
    CHECK(same_pages(fax.document, pages(file)));
    check_no_sample_lost(fax);
  }
  // A caller on that timeslot gets his page through.
  void check_takes_call(unsigned timeslot) {
    CAPTURE(timeslot);
    IsdnCaller& caller = dial(timeslot);
    REQUIRE(exchange.until([&] { return caller.over; }, 240));
    INFO(caller.call.heard() << ", cause " << caller.call.cause);
    CHECK_MESSAGE(caller.sent_all(1), service.log());
  }

  static const std::filesystem::path& read_first(const std::filesystem::path& folder) {
    read_files_from_host("tests/vm/isdn_stories src/faxrx/dahdi-faxrx");
    return folder;
  }

  const IsdnSpan& span;
  unit::ScratchFolder folder;
  IsdnExchange exchange;
  FaxService service;
};

}  // namespace vm
