// SPDX-License-Identifier: GPL-2.0-or-later
// What an exchange and the lines of a span may say, in any order: events as libpri tells them, words as line processes
// that were taken over might send them. No order of them may put two calls on one channel, answer a call that nobody
// answered, or leave a call for ever.
#include <cstdlib>
#include <map>
#include <set>

#include "src/span/span_calls.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace span;

constexpr unsigned channels = 4;

void must(bool is_so) {
  if (!is_so) std::abort();
}

class Exchange final : public Signalling {
 public:
  void acknowledge_setup(CallHandle, unsigned timeslot) override {
    must(timeslot >= 1 && timeslot <= channels);
  }
  void proceeding(CallHandle call, unsigned timeslot) override {
    must(timeslot >= 1 && timeslot <= channels);
    proceeded.insert(call);
  }
  void alerting(CallHandle call, unsigned) override { must(proceeded.contains(call)); }
  void connect(CallHandle call, unsigned timeslot) override {
    must(proceeded.contains(call));
    must(answered.contains(timeslot));
  }
  void hang_up(CallHandle call, Cause) override { proceeded.erase(call); }
  void forget(CallHandle call) override { proceeded.erase(call); }
  void restart(unsigned timeslot) override { must(timeslot >= 1 && timeslot <= channels); }

  std::set<CallHandle> proceeded;
  std::set<unsigned> answered;  // by its line, since its call rang
};

class Lines final : public LineSide {
 public:
  explicit Lines(Exchange& exchange) : exchange_(exchange) {}
  void tell(unsigned timeslot, const ToLine& word) override {
    if (word.word == hw::isdn::SpanWord::rings) {
      must(!calls.contains(timeslot) || calls[timeslot] != word.call);
      calls[timeslot] = word.call;
      exchange_.answered.erase(timeslot);
    }
  }
  std::map<unsigned, std::uint64_t> calls;

 private:
  Exchange& exchange_;
};

struct Input {
  std::span<const std::uint8_t> bytes;
  std::uint8_t next() {
    if (bytes.empty()) return 0;
    const std::uint8_t byte = bytes.front();
    bytes = bytes.subspan(1);
    return byte;
  }
  std::string text() {
    const std::size_t length = std::min<std::size_t>(next() % 40, bytes.size());
    const std::string text(as_text(bytes.first(length)));
    bytes = bytes.subspan(length);
    return text;
  }
};

IsdnEvent event_from(Input& input) {
  IsdnEvent event;
  event.kind = static_cast<EventKind>(input.next() % (static_cast<unsigned>(EventKind::complaint) + 1));
  event.call = static_cast<CallHandle>(input.next() % 6 + 1);
  event.timeslot = input.next() % (channels + 3) - 1;
  event.cause = input.next();
  if (event.kind == EventKind::digits) event.text = input.text();
  if (event.kind != EventKind::setup) return event;
  const std::uint8_t flags = input.next();
  event.setup.timeslot = event.timeslot;
  event.setup.exclusive = (flags & 1) != 0;
  event.setup.complete = (flags & 2) != 0;
  event.setup.audio = (flags & 12) != 0;
  event.setup.withheld = static_cast<hw::Withheld>((flags >> 4) % 3);
  event.setup.called = input.text();
  event.setup.calling = input.text();
  return event;
}

ToSpan word_from(Input& input, std::uint64_t known_call) {
  ToSpan word{};
  word.word = static_cast<hw::isdn::LineWord>(input.next() % 7);
  word.cause = input.next();
  word.welcome = static_cast<hw::isdn::Welcome>(input.next() % 4);
  word.call = input.next() % 4 == 0 ? input.next() : known_call;
  return word;
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  Input input{bytes};
  const std::uint8_t flags = input.next();
  SpanSettings settings;
  if ((flags & 1) != 0) settings.numbers = {"4711", "_49."};
  settings.overlap_digits = (flags & 2) != 0 ? 8 : 0;
  Exchange exchange;
  Lines lines(exchange);
  const Access access = (flags & 4) != 0 ? Access::basic_multipoint : Access::primary;
  SpanCalls calls(settings, access, exchange, lines, 1000);
  Clock::time_point now{};
  for (unsigned timeslot = 1; timeslot <= channels; ++timeslot) {
    calls.add_channel(timeslot, "line");
    calls.hear(timeslot, {hw::isdn::LineWord::here_i_am, 0, hw::isdn::Welcome::yes}, now);
  }
  calls.take({EventKind::layer2_up}, now);
  while (!input.bytes.empty()) {
    const std::uint8_t what = input.next();
    const unsigned timeslot = what / 4 % (channels + 1) + 1;
    if (what % 4 == 0) now += std::chrono::milliseconds(input.next() * 100);
    if (what % 4 == 1) calls.take(event_from(input), now);
    if (what % 4 == 2) {
      const ToSpan word = word_from(input, lines.calls[timeslot]);
      if (word.word == hw::isdn::LineWord::answers) exchange.answered.insert(timeslot);
      calls.hear(timeslot, word, now);
    }
    if (what % 4 == 3) calls.alarm((what & 4) != 0);
    calls.time_passes(now);
  }
  // Lines that end, and an exchange that says nothing more: no call is left.
  for (unsigned timeslot = 1; timeslot <= channels; ++timeslot)
    calls.hear(timeslot, {hw::isdn::LineWord::closed}, now);
  for (int i = 0; i < 10 && calls.has_calls(); ++i) {
    now += std::chrono::seconds(60);
    calls.time_passes(now);
  }
  must(!calls.has_calls());
}
