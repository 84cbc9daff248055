// SPDX-License-Identifier: GPL-2.0-or-later
// Calls on an analog line, as the driver tells of them: rings, answer, how the caller hangs up.
#include <doctest/doctest.h>

#include "hw/dahdi/fxo_states.hpp"
#include "src/base/errors.hpp"
#include "tests/unit/allocation_count.hpp"
#include "tests/unit/dahdi_parts.hpp"

using namespace dahdi_test;

TEST_CASE("the bell rings twice, we answer, say each block once, and hang up") {
  Port port;
  CHECK(port.line->runs_in_real_time());
  port.pass(1000);
  CHECK(port.card->written.empty());  // on-hook nothing is said
  CHECK(port.news().empty());

  port.ring();
  CHECK(port.news() == News{LineEvent::ring_begins, LineEvent::ring_ends});
  CHECK(port.line->ring_ms() == 2000);
  port.pass(3820);
  port.ring();
  CHECK(port.news() == News{LineEvent::ring_begins, LineEvent::ring_ends});

  port.line->answer();
  CHECK(port.card->hook == DAHDI_OFFHOOK);
  CHECK(port.card->written == std::vector<std::int16_t>(5, 0));  // 100 ms said ahead
  const int before = port.blocks_read;
  port.pass(200);
  REQUIRE(port.card->written.size() == 15);
  for (int i = 0; i < 10; ++i)
    CHECK(port.card->written[5 + static_cast<std::size_t>(i)] == before + 1 + i);
  CHECK(port.news().empty());

  port.line->hang_up();
  CHECK(port.card->hook == DAHDI_ONHOOK);
  CHECK(port.line->guard_samples() >= 2 * hw::samples_per_second);
  CHECK(port.line->remark().empty());
  const std::size_t said = port.card->written.size();
  port.pass(1000);
  CHECK(port.card->written.size() == said);
}

TEST_CASE("a second write for one block read is not said") {
  Port port;
  port.ring_and_answer();
  port.pass(20);
  const std::size_t said = port.card->written.size();
  port.line->write(Block{});
  CHECK(port.card->written.size() == said);
}

TEST_CASE("the line is taken although nobody rings") {
  Port port;
  port.pass(500);
  port.line->answer();
  CHECK(port.card->hook == DAHDI_OFFHOOK);
  port.pass(100);
  CHECK(port.card->written.size() == 10);
  port.line->hang_up();
  CHECK(port.card->hook == DAHDI_ONHOOK);
}

TEST_CASE("a distinctive ring is measured, and a pulse before a caller ID is no ring") {
  Port port;
  port.ring(800);
  CHECK(port.line->ring_ms() == 800);
  port.pass(400);
  port.ring(400);
  CHECK(port.line->ring_ms() == 400);
  CHECK(port.news() ==
        News{LineEvent::ring_begins, LineEvent::ring_ends, LineEvent::ring_begins, LineEvent::ring_ends});
  port.line->hang_up();
  port.ring(200);
  CHECK(port.news() == News{LineEvent::ring_begins});
}

TEST_CASE("the caller gives up, and the driver is not asked to hang up what is not off-hook") {
  Port port;
  port.ring();
  port.pass(8000);
  port.line->hang_up();             // the owner's 8 s
  CHECK(port.card->hooks.empty());  // it would keep the next rings back for 2 s
  port.news();
  port.ring();
  CHECK(port.news() == News{LineEvent::ring_begins, LineEvent::ring_ends});
}

TEST_CASE("the caller hangs up: the exchange takes the battery away (kewlstart)") {
  Port port;
  port.ring_and_answer();
  port.pass(1000);
  port.news();
  port.card->event(DAHDI_EVENT_ONHOOK);
  port.pass(20);
  CHECK(port.news() == News{LineEvent::caller_gone});
  port.card->event(DAHDI_EVENT_ONHOOK);
  port.pass(20);
  CHECK(port.news().empty());  // once
  CHECK(port.card->hook == DAHDI_OFFHOOK);
  port.line->hang_up();
  CHECK(port.card->hook == DAHDI_ONHOOK);
}

TEST_CASE("the caller hangs up within 600 ms of the answer, which the driver does not tell") {
  for (const int after_ms : {60, 200, 400, 560}) {
    CAPTURE(after_ms);
    Port port;
    port.ring_and_answer();
    port.pass(after_ms);
    port.news();
    port.card->params.rxhooksig = rx_on_hook;
    port.pass(180);
    CHECK(port.news().empty());
    port.pass(40);
    CHECK(port.news() == News{LineEvent::caller_gone});
    // The battery is back; what the driver makes up 1.85 s after the answer is no ring.
    port.card->params.rxhooksig = rx_off_hook;
    port.line->hang_up();
    port.pass(1000);
    port.card->event(DAHDI_EVENT_RINGOFFHOOK);
    port.pass(1000);
    CHECK(port.news().empty());
  }
}

TEST_CASE("a click while the relay closes is no hang-up") {
  Port port;
  port.ring_and_answer();
  port.news();
  port.card->params.rxhooksig = rx_on_hook;
  port.pass(100);
  port.card->params.rxhooksig = rx_off_hook;
  port.pass(100);
  port.card->params.rxhooksig = rx_on_hook;
  port.pass(100);
  port.card->params.rxhooksig = rx_off_hook;
  port.pass(2000);
  CHECK(port.news().empty());
}

TEST_CASE("a reversed polarity is a hang-up only where the settings say so, and not just after the answer") {
  for (const bool wanted : {false, true}) {
    CAPTURE(wanted);
    hw::LineOptions options;
    options.polarity_hangup = wanted;
    Port port(options);
    port.card->event(DAHDI_EVENT_POLARITY);  // a caller ID is to come
    port.pass(100);
    CHECK(port.news().empty());
    port.ring_and_answer();
    port.news();
    port.pass(200);
    port.card->event(DAHDI_EVENT_POLARITY);  // we are charged for
    port.pass(400);
    CHECK(port.news().empty());
    port.pass(100);
    port.card->event(DAHDI_EVENT_POLARITY);
    port.pass(20);
    CHECK(port.news() == (wanted ? News{LineEvent::caller_gone} : News{}));
  }
}

TEST_CASE("busy tone instead of a hang-up, as the country has it") {
  struct Country {
    const char* name;
    double first, second;
    int on_ms, off_ms;
  };
  for (const Country& country : {Country{"us", 480, 620, 500, 500}, Country{"uk", 400, 0, 375, 375},
                                 Country{"de", 425, 0, 480, 480}}) {
    CAPTURE(country.name);
    hw::LineOptions options;
    options.country = country.name;
    Port port(options);
    for (int i = 0; i < 3; ++i) {  // heard on-hook, it is nobody's
      port.card->sound(tone(country.first, country.second, country.on_ms));
      port.card->sound(silence(country.off_ms));
    }
    port.pass(3 * (country.on_ms + country.off_ms));
    port.ring_and_answer();
    port.pass(1000);
    port.news();
    for (int i = 0; i < 6; ++i) {
      port.card->sound(tone(country.first, country.second, country.on_ms));
      port.card->sound(silence(country.off_ms));
    }
    port.pass(5000);
    CHECK(port.news() == News{LineEvent::caller_gone});
  }
}

TEST_CASE("a country whose tones nobody knows is said at the opening") {
  hw::LineOptions options;
  options.country = "atlantis";
  CHECK_THROWS_AS(Port{options}, base::Failure);
}

TEST_CASE("what was told of the old call is no part of the next") {
  Port port;
  port.ring_and_answer();
  port.pass(1000);
  port.news();
  port.card->event(DAHDI_EVENT_ONHOOK);
  port.card->event(DAHDI_EVENT_RINGBEGIN);
  port.line->hang_up();
  port.pass(3000);
  CHECK(port.news().empty());
  port.card->event(DAHDI_EVENT_ONHOOK);
  port.card->event(DAHDI_EVENT_RINGOFFHOOK);
  port.card->event(DAHDI_EVENT_POLARITY);
  port.pass(100);
  CHECK(port.news().empty());
}

TEST_CASE("what lay in the driver before the answer is no part of the call") {
  Port port;
  port.ring();
  port.sleep(200);
  port.card->event(DAHDI_EVENT_READ_OVERRUN);
  port.card->event(DAHDI_EVENT_WRITE_UNDERRUN);
  port.line->answer();
  CHECK(port.card->blocks_waiting == 0);
  CHECK(port.card->written.size() == 5);
  port.pass(100);
  port.line->hang_up();
  CHECK(port.line->remark().empty());
}

TEST_CASE("half a busy tone in one call and half in the next are none") {
  for (const bool one_call : {true, false}) {
    CAPTURE(one_call);
    Port port;
    port.ring_and_answer();
    port.news();
    port.card->sound(tone(480, 620, 500));
    port.card->sound(silence(500));
    port.pass(1000);
    if (!one_call) {
      port.line->hang_up();
      port.line->answer();
    }
    port.card->sound(tone(480, 620, 500));
    port.pass(1000);
    CHECK(port.news() == (one_call ? News{LineEvent::caller_gone} : News{}));
  }
}

TEST_CASE("rings that no owner ends are over after 10 s") {
  Port port;
  port.ring();
  port.news();
  port.pass(12'000);
  port.card->event(DAHDI_EVENT_RINGOFFHOOK);  // nobody's
  port.pass(100);
  CHECK(port.news().empty());
}

TEST_CASE("each state of the table that holds the line has a way out") {
  using namespace hw::dahdi;
  for (const FxoStateRow& row : fxo_states) {
    CAPTURE(row.name);
    CHECK(fxo_states[static_cast<std::size_t>(row.state)].state == row.state);
    if (row.state == FxoState::gone) continue;
    CHECK(find_transition(row.state, FxoTrigger::hung_up) != nullptr);
    CHECK(find_transition(row.state, FxoTrigger::hung_up)->to == FxoState::on_hook);
    CHECK(find_transition(row.state, FxoTrigger::card_gone)->to == FxoState::gone);
  }
}

TEST_CASE("after the opening a line asks for no memory") {
  if (!allocation_test::counted) return;
  Port port;
  port.card->sound(silence(3000));
  port.card->sound(caller_id(ADSI_STANDARD_CLASS, "2125551234", "SMITH J"));
  port.card->sound(silence(10'000));
  const std::size_t before = allocation_test::allocations();
  for (int call = 0; call < 2; ++call) {
    port.ring();
    port.pass(4000);
    port.ring();
    port.line->answer();
    port.pass(2000);
    port.card->event(DAHDI_EVENT_READ_OVERRUN);
    port.card->event(DAHDI_EVENT_ALARM);
    port.pass(200);
    port.card->event(DAHDI_EVENT_NOALARM);
    port.line->hang_up();
    CHECK_FALSE(port.line->remark().empty());
    port.pass(3000);
  }
  port.card->is_removed = true;
  port.turn();
  port.look();
  CHECK(allocation_test::allocations() == before);
  CHECK(port.number() == "");
}
