// SPDX-License-Identifier: GPL-2.0-or-later
// A B channel as a line: its calls by words of the span's process, its sound on a channel of the driver.
#include <doctest/doctest.h>

#include "hw/isdn/isdn_line.hpp"
#include "src/base/socket_pair.hpp"
#include "tests/unit/dahdi_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace {

using namespace dahdi_test;
using namespace hw::isdn;
using hw::dahdi::Channel;

// The line, its card, and the span process's end of its link.
class BLine {
 public:
  BLine() : link_(base::socket_pair()) {
    auto fake = std::make_unique<FakeChannel>();
    fake->params.sigtype = DAHDI_SIG_CLEAR;
    card = fake.get();
    line = hw::dahdi::make_isdn_line(std::move(fake), 7, base::UniqueFd(::dup(link_[0].get())));
    line->accept_calls(true);
    said();
  }

  void span_says(const ToLine& word) { hw::isdn::say(link_[1].get(), word); }
  void ring(std::uint64_t call, hw::Law law = hw::Law::a) {
    ToLine word{.word = SpanWord::rings, .law = law, .call = call};
    word.identity.called = base::ShortText<32>("4711");
    span_says(word);
  }
  // All that the line has said to its span since this was asked last.
  std::vector<ToSpan> said() {
    std::vector<ToSpan> words;
    while (const auto word = hear_line(link_[1].get()))
      words.push_back(*word);
    return words;
  }
  News news() {
    News all;
    for (LineEvent event = line->next_event(); event != LineEvent::none; event = line->next_event())
      all.push_back(event);
    return all;
  }
  News blocks(int count) {
    News all;
    for (int i = 0; i < count; ++i) {
      card->block_arrives();
      for (const LineEvent event : news())
        all.push_back(event);
      Block block;
      if (line->read(block)) line->write(block);
    }
    return all;
  }

  FakeChannel* card = nullptr;
  std::unique_ptr<hw::Line> line;

 private:
  base::SocketPair link_;
};

const News one_ring = {LineEvent::ring_begins, LineEvent::ring_ends};

}  // namespace

TEST_CASE("A call on a B channel: it rings, is answered, in the network's law, and hung up") {
  BLine b;
  b.ring(5);
  CHECK(b.news() == one_ring);
  CHECK(b.line->identity().called.view() == "4711");
  CHECK(b.card->audio_mode == 1);
  CHECK(b.card->law == DAHDI_LAW_ALAW);
  CHECK(b.card->linear == 1);
  CHECK(b.card->echo_canceller == 0);
  const auto alerts = b.said();
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].word == LineWord::alerts);
  CHECK(alerts[0].call == 5);
  b.line->answer();
  CHECK(b.said().at(0).word == LineWord::answers);
  CHECK(b.blocks(10).empty());
  CHECK(b.card->written.size() == 15);  // 5 said ahead, then one for each heard
  b.line->hang_up();
  const auto end = b.said();
  REQUIRE(end.size() == 2);
  CHECK(end[0].word == LineWord::hangs_up);
  CHECK(end[0].cause == cause::normal);
  CHECK(end[1].word == LineWord::here_i_am);
  CHECK(end[1].call == 0);
  CHECK(b.card->audio_mode == 0);
}

TEST_CASE("Between calls nothing is read: the line waits for its link alone") {
  BLine b;
  CHECK(b.line->fd() != b.card->fd());
  CHECK(b.line->poll_timeout_ms() == -1);
  b.card->block_arrives();
  Block block;
  CHECK_FALSE(b.line->read(block));
  b.ring(1);
  b.news();
  CHECK(b.line->fd() == b.card->fd());
}

TEST_CASE("It rings every 5 s for whoever waits for more rings, and for 3 min at most") {
  BLine b;
  b.ring(5);
  CHECK(b.news() == one_ring);
  CHECK(b.blocks(255) == one_ring);
  const News all = b.blocks(8750);
  CHECK(all.back() == LineEvent::caller_gone);
  b.said();
  b.line->hang_up();
  CHECK(b.said().size() == 1);
}

TEST_CASE("The caller hangs up; a word about another call is nobody's") {
  BLine b;
  b.ring(5);
  b.news();
  b.line->answer();
  b.span_says({.word = SpanWord::caller_gone, .cause = cause::normal, .call = 4});
  CHECK(b.blocks(6).empty());
  b.span_says({.word = SpanWord::caller_gone, .cause = cause::normal, .call = 5});
  CHECK(b.blocks(6) == News{LineEvent::caller_gone});
  b.said();
  b.line->hang_up();
  CHECK(b.said().at(0).word == LineWord::here_i_am);  // and no hang-up: the exchange knows
  b.ring(6);
  CHECK(b.news() == one_ring);
}

TEST_CASE("A call that is not welcome is refused with its cause; one that is sent away, too") {
  BLine b;
  b.line->lacks_room(true);
  b.line->accept_calls(false);
  CHECK(b.said().at(0).welcome == Welcome::no_room);
  b.ring(5);
  CHECK(b.news().empty());
  CHECK(b.said().at(0).cause == cause::congestion);
  b.line->lacks_room(false);
  b.line->accept_calls(false);
  b.said();
  b.ring(6);
  CHECK(b.news().empty());
  CHECK(b.said().at(0).cause == cause::temporary_failure);
  b.line->accept_calls(true);
  b.ring(7);
  b.news();
  b.said();
  b.line->hang_up();
  CHECK(b.said().at(0).cause == cause::rejected);
}

TEST_CASE("The span process comes back while a call runs: it hears which, and the sound goes on") {
  BLine b;
  b.ring(5);
  b.news();
  b.line->answer();
  b.said();
  b.span_says({.word = SpanWord::how_are_you});
  b.span_says({.word = SpanWord::signalling, .up = false});
  CHECK(b.blocks(6).empty());
  CHECK(b.said().at(0).call == 5);
  b.span_says({.word = SpanWord::rings, .call = 9});
  CHECK(b.blocks(6).empty());
  CHECK(b.said().at(0).call == 5);
  b.line->hang_up();
  CHECK(b.news() == News{LineEvent::line_trouble});
  b.span_says({.word = SpanWord::signalling, .up = true});
  CHECK(b.news() == News{LineEvent::line_good});
}

TEST_CASE("An alarm ends the call; lost samples are counted; a card that goes") {
  BLine b;
  b.ring(5);
  b.news();
  b.line->answer();
  b.blocks(3);
  b.card->event(DAHDI_EVENT_WRITE_UNDERRUN);
  b.blocks(3);
  b.card->params.chan_alarms = 1;
  b.card->event(DAHDI_EVENT_ALARM);
  CHECK(b.blocks(6) == News{LineEvent::line_trouble});
  b.line->hang_up();
  CHECK(b.line->faults().write_underruns == 1);
  b.card->params.chan_alarms = 0;
  b.card->event(DAHDI_EVENT_NOALARM);
  CHECK(b.news() == News{LineEvent::line_good});
  b.card->is_removed = true;
  CHECK(b.news() == News{LineEvent::line_trouble, LineEvent::no_more_calls});
  CHECK(b.card->is_closed);
}

TEST_CASE("A driver that says events wait, and has none, ends the line, and never keeps it busy") {
  struct Oddity {
    const char* name;
    int FakeChannel::*result;
    int error;
    bool ends;
  };
  for (const Oddity& odd : {Oddity{"read: events", &FakeChannel::read_result, -ELAST, true},
                            Oddity{"write: events", &FakeChannel::write_result, -ELAST, true},
                            Oddity{"read: I/O error", &FakeChannel::read_result, -EIO, true},
                            Oddity{"read: interrupted", &FakeChannel::read_result, -EINTR, false},
                            Oddity{"write: full", &FakeChannel::write_result, -EAGAIN, false}}) {
    CAPTURE(odd.name);
    BLine b;
    b.ring(5);
    b.news();
    b.line->answer();
    b.blocks(3);
    b.card->*odd.result = odd.error;
    CHECK(b.blocks(6) == (odd.ends ? News{LineEvent::line_trouble, LineEvent::no_more_calls} : News{}));
    CHECK(b.card->is_closed == odd.ends);
  }
}

TEST_CASE("Words that are none are passed over") {
  BLine b;
  base::SocketPair other = base::socket_pair();
  hw::isdn::IsdnLine line(nullptr, base::UniqueFd(::dup(other[0].get())));
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{7}, sizeof(ToLine) - 1, sizeof(ToLine) + 1, std::size_t{4000}}) {
    const std::string junk(size, '\xff');
    REQUIRE(::send(other[1].get(), junk.data(), junk.size(), 0) == static_cast<ssize_t>(size));
  }
  CHECK_FALSE(hear_span(other[0].get()));
}
