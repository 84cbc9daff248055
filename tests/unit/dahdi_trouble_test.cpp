// SPDX-License-Identifier: GPL-2.0-or-later
// What can go wrong with an analog line: at the opening, alarms, lost samples, a card that goes away, and a driver
// that does what no driver should.
#include <doctest/doctest.h>

#include "hw/dahdi/opening.hpp"
#include "tests/unit/dahdi_parts.hpp"

using namespace dahdi_test;

namespace {

std::string why_not(std::unique_ptr<FakeChannel> fake) {
  try {
    const Port port({}, std::move(fake));
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "";
}

template <typename Change>
std::string why_not_with(const Change& change) {
  auto fake = std::make_unique<FakeChannel>();
  change(*fake);
  return why_not(std::move(fake));
}

bool says(const std::string& text, const char* word) {
  return text.find(word) != std::string::npos;
}

}  // namespace

TEST_CASE("a line is opened with a fax's buffers, linear, without echo canceller, lost samples told") {
  const Port port;
  CHECK(port.card->buffers.bufsize == 160);
  CHECK(port.card->buffers.numbufs == 32);
  CHECK(port.card->buffers.txbufpolicy == DAHDI_POLICY_IMMEDIATE);
  CHECK(port.card->linear == 1);
  CHECK(port.card->echo_canceller == 0);
  CHECK(port.card->buffer_events == 1);
}

TEST_CASE("each way in which an opening fails has its own sentence") {
  using hw::dahdi::channel_failure, hw::dahdi::device_failure;
  CHECK(says(device_failure(ENOENT).what(), "modprobe dahdi"));
  CHECK(says(device_failure(EACCES).what(), "group"));
  CHECK(says(device_failure(EMFILE).what(), "Too many open files"));
  CHECK(says(channel_failure(7, EINVAL).what(), "there is no channel 7"));
  CHECK(says(channel_failure(7, ENXIO).what(), "run dahdi_cfg"));
  CHECK(says(channel_failure(7, EBUSY).what(), "in use by another program"));
  CHECK(says(channel_failure(7, ENODEV).what(), "card was removed"));

  CHECK(why_not_with([](FakeChannel&) {}).empty());
  const auto signalled = [](int sigtype) {
    return why_not_with([sigtype](FakeChannel& fake) { fake.params.sigtype = sigtype; });
  };
  CHECK(says(signalled(DAHDI_SIG_FXOKS), "channel 7 is an FXS port"));
  CHECK(says(signalled(DAHDI_SIG_CLEAR), "channel 7 is a B channel"));
  CHECK(says(signalled(DAHDI_SIG_HDLCFCS), "channel 7 is a D channel"));
  CHECK(says(signalled(DAHDI_SIG_HARDHDLC), "channel 7 is a D channel"));
  CHECK(says(signalled(DAHDI_SIG_EM), "not served"));
  CHECK(signalled(DAHDI_SIG_FXSLS).empty());
  CHECK(
      says(why_not_with([](FakeChannel& fake) { fake.echo_canceller_result = -EINVAL; }), "echo canceller"));
  CHECK(says(why_not_with([](FakeChannel& fake) { fake.gains.rxgain[3] = 9; }), "gains"));
  CHECK(says(why_not_with([](FakeChannel& fake) { fake.buffers_result = -ENOMEM; }), "32 buffers"));
  CHECK(says(why_not_with([](FakeChannel& fake) { fake.linear_result = -EINVAL; }), "linear"));
  CHECK(says(why_not_with([](FakeChannel& fake) { fake.buffer_events_result = -ENOTTY; }), "older"));
  CHECK(says(why_not_with([](FakeChannel& fake) { fake.params_result = -ENODEV; }), "is gone"));
}

TEST_CASE("an alarm between calls is told once, and its end once") {
  Port port;
  port.pass(100);
  port.card->params.chan_alarms = DAHDI_ALARM_RED;
  port.card->event(DAHDI_EVENT_ALARM);
  port.pass(100);
  CHECK(port.news() == News{LineEvent::line_trouble});
  port.card->event(DAHDI_EVENT_ALARM);
  port.pass(100);
  CHECK(port.news().empty());
  CHECK(port.line->guard_samples() == 0);  // no samples may come for long
  port.card->params.chan_alarms = 0;
  port.card->event(DAHDI_EVENT_NOALARM);
  port.pass(100);
  CHECK(port.news() == News{LineEvent::line_good});
  port.ring();
  CHECK(port.news() == News{LineEvent::ring_begins, LineEvent::ring_ends});
}

TEST_CASE("the span goes down in a call and comes back, which the driver tells after the hang-up") {
  Port port;
  port.ring_and_answer();
  port.pass(1000);
  port.news();
  port.card->params.chan_alarms = DAHDI_ALARM_RED;
  port.card->event(DAHDI_EVENT_ALARM);
  port.look();  // no samples come
  CHECK(port.news() == News{LineEvent::line_trouble});
  port.line->hang_up();
  CHECK(port.card->hook == DAHDI_ONHOOK);
  CHECK(port.news().empty());
  port.card->params.chan_alarms = 0;  // its event may have been lost among 64
  CHECK(port.news() == News{LineEvent::line_good});
}

TEST_CASE("an alarm that came and went before anybody looked is told all the same") {
  Port port;
  port.ring_and_answer();
  port.news();
  port.card->event(DAHDI_EVENT_ALARM);
  port.card->event(DAHDI_EVENT_NOALARM);
  CHECK(port.news() == News{LineEvent::line_trouble, LineEvent::line_good});
}

TEST_CASE("an alarm from before the opening is told, as the driver tells only changes") {
  auto fake = std::make_unique<FakeChannel>();
  fake->params.chan_alarms = DAHDI_ALARM_RED;
  Port port({}, std::move(fake));
  CHECK(port.line->poll_timeout_ms() == 0);
  CHECK(port.news() == News{LineEvent::line_trouble});
  CHECK(port.line->poll_timeout_ms() == -1);
  port.card->params.chan_alarms = 0;
  port.card->event(DAHDI_EVENT_NOALARM);
  CHECK(port.news() == News{LineEvent::line_good});
}

TEST_CASE("an alarm that began when the driver's 64 places were taken is found") {
  Port port;
  port.pass(100);
  port.card->params.chan_alarms = DAHDI_ALARM_RED;
  for (int i = 0; i < 100; ++i)
    port.card->event(DAHDI_EVENT_EC_DISABLED);
  port.pass(20);
  CHECK(port.news() == News{LineEvent::line_trouble});
}

TEST_CASE("events that wait are fetched before a block is read or written") {
  Port port;
  port.ring_and_answer();
  port.pass(200);
  const std::size_t said = port.card->written.size();
  Block block;
  port.card->block_arrives();
  for (int i = 0; i < 63; ++i)
    port.card->event(DAHDI_EVENT_EC_DISABLED);
  REQUIRE(port.line->read(block));
  port.card->event(DAHDI_EVENT_EC_DISABLED);
  port.line->write(block);
  CHECK(port.card->written.size() == said + 1);
}

TEST_CASE("lost samples are counted a call, and said, so that the caller is not blamed") {
  Port port;
  port.card->event(DAHDI_EVENT_READ_OVERRUN);  // of no call
  port.card->event(DAHDI_EVENT_WRITE_UNDERRUN);
  port.ring_and_answer();
  port.pass(500);
  port.card->event(DAHDI_EVENT_READ_OVERRUN);
  port.card->event(DAHDI_EVENT_WRITE_UNDERRUN);
  port.pass(500);
  port.card->event(DAHDI_EVENT_WRITE_UNDERRUN);
  port.pass(500);
  port.card->irq_misses += 4;
  port.line->hang_up();
  port.card->event(DAHDI_EVENT_WRITE_UNDERRUN);
  port.pass(100);
  CHECK(port.line->faults().read_overruns == 1);
  CHECK(port.line->faults().write_underruns == 2);
  CHECK(port.line->faults().irq_misses == 4);
  CHECK(port.line->faults().timing_slips == 0);
  CHECK(port.line->remark() ==
        "the line lost samples 7 times (1 unread, 2 unwritten, 4 interrupts missed), by no fault of the "
        "caller: "
        "look at the machine's load and the span's clock source");
  port.ring_and_answer();
  port.pass(500);
  port.line->hang_up();
  CHECK(port.line->remark().empty());
}

TEST_CASE("after an underrun, the blocks that lay unread refill what is said ahead") {
  Port port;
  port.ring_and_answer();
  port.pass(200);
  std::size_t said = port.card->written.size();
  port.sleep(160);
  port.card->event(DAHDI_EVENT_WRITE_UNDERRUN);
  while (port.turn()) {
  }
  CHECK(port.card->written.size() == said + 8);  // 160 ms, and no more
  said = port.card->written.size();
  port.card->event(DAHDI_EVENT_WRITE_UNDERRUN);  // and here nothing lay unread
  port.pass(20);
  CHECK(port.card->written.size() == said + 5);
  port.pass(100);
  CHECK(port.card->written.size() == said + 10);
}

TEST_CASE("a card that is removed: trouble, then no more calls, and its device is closed") {
  for (const bool told : {true, false}) {
    for (const bool in_call : {true, false}) {
      CAPTURE(told);
      CAPTURE(in_call);
      Port port;
      if (in_call) port.ring_and_answer();
      port.pass(500);
      port.news();
      if (told)
        port.card->event(DAHDI_EVENT_REMOVED);
      else
        port.card->is_removed = true;
      CHECK_FALSE(port.turn());
      CHECK(port.news() == News{LineEvent::line_trouble, LineEvent::no_more_calls});
      CHECK(port.line->fd() == -1);
      CHECK(port.card->is_closed);
      CHECK(port.line->guard_samples() == 0);
      port.line->hang_up();
      port.line->answer();
      CHECK_FALSE(port.turn());
      CHECK(port.news().empty());
      CHECK(port.line->poll_timeout_ms() == -1);
    }
  }
}

TEST_CASE("a line that does not go on-hook is closed, which puts it on-hook") {
  Port port;
  port.ring_and_answer();
  port.news();
  port.card->hook_result = -EIO;
  port.line->hang_up();
  CHECK(port.card->is_closed);
  CHECK(port.card->hook == DAHDI_ONHOOK);
  CHECK(port.news() == News{LineEvent::line_trouble, LineEvent::no_more_calls});
}

TEST_CASE("a driver that does what no driver should ends the line, and never hangs it") {
  struct Oddity {
    const char* name;
    void (*happens)(FakeChannel&);
    bool ends;
  };
  for (const Oddity& odd : {
           Oddity{"read: nothing", [](FakeChannel& card) { card.read_size = 0; }, true},
           Oddity{"read: I/O error", [](FakeChannel& card) { card.read_result = -EIO; }, true},
           Oddity{"read: an unknown error", [](FakeChannel& card) { card.read_result = -517; }, true},
           Oddity{"read: interrupted", [](FakeChannel& card) { card.read_result = -EINTR; }, false},
           Oddity{"read: half a block", [](FakeChannel& card) { card.read_size = 160; }, false},
           Oddity{"read: an odd number of bytes", [](FakeChannel& card) { card.read_size = 1; }, false},
           Oddity{"read: more than there is room for", [](FakeChannel& card) { card.read_size = 99'999; },
                  false},
           Oddity{"read: an event, and there is none", [](FakeChannel& card) { card.read_result = -ELAST; },
                  true},
           Oddity{"write: an event, and there is none", [](FakeChannel& card) { card.write_result = -ELAST; },
                  true},
           Oddity{"write: I/O error", [](FakeChannel& card) { card.write_result = -EIO; }, true},
           Oddity{"write: full", [](FakeChannel& card) { card.write_result = -EAGAIN; }, false},
           Oddity{"events without end", [](FakeChannel& card) { card.endless_event = DAHDI_EVENT_ONHOOK; },
                  true},
           Oddity{"rings without end", [](FakeChannel& card) { card.endless_event = DAHDI_EVENT_RINGBEGIN; },
                  true},
           Oddity{"an event of no meaning", [](FakeChannel& card) { card.event(-77); }, false},
           Oddity{"a digit", [](FakeChannel& card) { card.event(DAHDI_EVENT_DTMFDOWN | '5'); }, false},
           Oddity{"events cannot be had", [](FakeChannel& card) { card.event_result = -EINVAL; }, true},
           Oddity{"parameters cannot be had", [](FakeChannel& card) { card.params_result = -EIO; }, false},
       }) {
    CAPTURE(odd.name);
    Port port;
    port.ring_and_answer();
    port.pass(200);
    port.news();
    odd.happens(*port.card);
    for (int i = 0; i < 50; ++i) {
      port.card->block_arrives();
      for (int turns = 0; turns < 40 && port.turn(); ++turns) {
      }
    }
    const News news = port.news();
    if (odd.ends)
      CHECK(news == News{LineEvent::line_trouble, LineEvent::no_more_calls});
    else
      CHECK(news.empty());
    CHECK(port.card->is_closed == odd.ends);
  }
}
