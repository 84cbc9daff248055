// SPDX-License-Identifier: GPL-2.0-or-later
// Whose call it is, on an analog line: before the first ring, between the rings, in two messages, and in Japan.
#include <doctest/doctest.h>

#include "tests/unit/dahdi_parts.hpp"

using namespace dahdi_test;

TEST_CASE("a caller ID between the first and the second ring") {
  Port port;
  port.ring();
  CHECK(port.number().empty());
  port.card->sound(silence(500));
  port.card->sound(caller_id(ADSI_STANDARD_CLASS, "2125551234", "SMITH J"));
  port.pass(3820);
  port.ring();
  CHECK(port.number() == "2125551234");
  CHECK(port.name() == "SMITH J");
  CHECK(port.line->identity().told_at.view() == "11240815");
  CHECK(port.line->identity().withheld == hw::Withheld::no);
  port.line->answer();
  port.pass(1000);
  port.line->hang_up();
  CHECK(port.number() == "2125551234");  // for the call's record
  port.pass(3000);
  port.ring();
  CHECK(port.number().empty());  // another call
}

TEST_CASE("a caller ID before the first ring is not wiped by it, and kept for 10 s") {
  for (const int wait_ms : {500, 9000, 11'000}) {
    CAPTURE(wait_ms);
    Port port;
    port.pass(200);
    port.card->event(DAHDI_EVENT_POLARITY);
    const Sound message = caller_id(ADSI_STANDARD_CLIP, "02071234567", "");
    port.card->sound(silence(200));
    port.card->sound(message);
    port.pass(200 + static_cast<int>(message.size() / 8) + 100);
    CHECK(port.number().empty());  // nobody has rung
    port.pass(wait_ms);
    port.ring();
    CHECK(port.number() == (wait_ms < 10'000 ? "02071234567" : ""));
    port.pass(4000);
    port.ring();
    CHECK(port.number() == (wait_ms < 10'000 ? "02071234567" : ""));
  }
}

TEST_CASE("a caller ID may come in the first pause, and is waited for no longer") {
  for (const bool comes : {true, false}) {
    CAPTURE(comes);
    Port port;
    CHECK(port.line->identity_is_complete());
    port.ring(800);  // a distinctive ring
    CHECK_FALSE(port.line->identity_is_complete());
    port.pass(400);
    port.ring(800);
    CHECK_FALSE(port.line->identity_is_complete());
    if (comes) port.card->sound(caller_id(ADSI_STANDARD_CLASS, "2125551234"));
    port.pass(1800);
    CHECK(port.line->identity_is_complete() == comes);
    port.pass(1800);
    CHECK(port.line->identity_is_complete());
  }
  Port port;
  port.ring(1000);
  port.pass(2000);  // Japan's pause, the shortest there is
  CHECK_FALSE(port.line->identity_is_complete());
  port.card->event(DAHDI_EVENT_RINGBEGIN);
  port.look();
  CHECK(port.line->identity_is_complete());
}

TEST_CASE("a bell that never pauses for a message is answered all the same, after 8 s") {
  Port port;
  for (int passed = 0; passed < 7500; passed += 1500) {  // 1 s, 0.5 s
    port.ring(820);
    CHECK_FALSE(port.line->identity_is_complete());
    port.pass(500);
  }
  port.ring(820);
  CHECK(port.line->identity_is_complete());
}

TEST_CASE("a second message tells what the first lacked, and one of another number is another call's") {
  Port port;
  const auto play = [&port](const Sound& message) {
    port.card->sound(silence(300));
    port.card->sound(message);
    port.pass(300 + static_cast<int>(message.size() / 8) + 200);
  };
  play(caller_id(ADSI_STANDARD_CLASS, "2125551234"));
  play(caller_id(ADSI_STANDARD_CLASS, "", "SMITH J"));
  port.ring();
  CHECK(port.number() == "2125551234");
  CHECK(port.name() == "SMITH J");
  port.line->hang_up();
  play(caller_id(ADSI_STANDARD_CLASS, "2125551111", "OLD"));
  play(caller_id(ADSI_STANDARD_CLASS, "2125552222"));
  port.ring();
  CHECK(port.number() == "2125552222");
  CHECK(port.name().empty());
}

TEST_CASE("the caller who gave up is not named in the next call") {
  Port port;
  const Sound message = caller_id(ADSI_STANDARD_CLASS, "2125551234");
  port.card->sound(message);
  port.pass(static_cast<int>(message.size() / 8) + 200);
  port.ring();
  CHECK(port.number() == "2125551234");
  port.line->hang_up();
  port.pass(1000);
  port.ring();
  CHECK(port.number().empty());
}

TEST_CASE("a call taken over from another telephone is the last bell's, for a minute") {
  for (const int later_ms : {30'000, 70'000}) {
    CAPTURE(later_ms);
    Port port;
    const Sound message = caller_id(ADSI_STANDARD_CLASS, "2125551234");
    port.card->sound(message);
    port.pass(static_cast<int>(message.size() / 8) + 200);
    port.ring();
    port.pass(8000);
    port.line->hang_up();  // it rings no more: somebody has answered
    port.pass(later_ms);
    const std::string expected = later_ms < 60'000 ? "2125551234" : "";
    CHECK(port.number() == expected);  // who refuses callers asks before
    port.line->answer();
    CHECK(port.number() == expected);
  }
}

TEST_CASE("in Japan the line goes off-hook for the caller ID, on-hook, and then it rings") {
  hw::LineOptions options;
  options.caller_id_in_japan = true;
  Port port(options);
  port.pass(200);
  port.ring(500);
  CHECK(port.news().empty());  // the signal is no ring
  CHECK(port.card->hook == DAHDI_OFFHOOK);
  const Sound message = caller_id(ADSI_STANDARD_JCLIP, "0312345678");
  port.card->sound(silence(300));
  port.card->sound(message);
  port.pass(300 + static_cast<int>(message.size() / 8) + 200);
  CHECK(port.card->hook == DAHDI_ONHOOK);
  CHECK(port.card->written.empty());
  port.pass(2100);
  port.ring(1000);
  CHECK(port.news() == News{LineEvent::ring_begins, LineEvent::ring_ends});
  CHECK(port.number() == "0312345678");
  CHECK(port.card->hooks == std::vector<int>{DAHDI_OFFHOOK, DAHDI_ONHOOK});
  port.line->answer();
  CHECK(port.card->hook == DAHDI_OFFHOOK);
}

TEST_CASE("in Japan a ring that announces no caller ID is not answered by mistake") {
  hw::LineOptions options;
  options.caller_id_in_japan = true;
  Port port(options);
  port.ring(1000);
  CHECK(port.card->hooks.empty());
  CHECK(port.news() == News{LineEvent::ring_begins, LineEvent::ring_ends});
  // The same, told at once as the owner was late: its length is not known.
  port.line->hang_up();
  port.card->event(DAHDI_EVENT_RINGBEGIN);
  port.card->event(DAHDI_EVENT_RINGOFFHOOK);
  port.pass(100);
  CHECK(port.card->hooks.empty());
}

TEST_CASE("in Japan no message within 7 s puts the line on-hook again, and once is enough") {
  hw::LineOptions options;
  options.caller_id_in_japan = true;
  Port port(options);
  port.ring(500);
  CHECK(port.card->hook == DAHDI_OFFHOOK);
  port.pass(7100);
  CHECK(port.card->hook == DAHDI_ONHOOK);
  port.pass(2000);
  port.ring(500);
  CHECK(port.card->hooks == std::vector<int>{DAHDI_OFFHOOK, DAHDI_ONHOOK});
}
