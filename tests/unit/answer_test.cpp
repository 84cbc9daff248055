// SPDX-License-Identifier: GPL-2.0-or-later
// When a line is answered, and for whom, as the line's loop does it: the whole loop, with a line whose events and
// sounds are told.
#include <doctest/doctest.h>
#include <sys/socket.h>

#include <cmath>
#include <memory>
#include <numbers>
#include <string>
#include <vector>

#include "src/base/ring.hpp"
#include "src/base/socket_pair.hpp"
#include "src/faxrx/answer_settings.hpp"
#include "src/faxrx/cng_watch.hpp"
#include "src/faxrx/line_loop.hpp"
#include "tests/unit/scripted_line.hpp"

namespace {

using faxrx::AnswerMode;
using faxrx::CallOutcome;
using faxrx::RecordType;
using hw::LineEvent;

constexpr unsigned second = 50;  // blocks
constexpr unsigned ring_blocks = 2 * second, ring_to_ring = 6 * second;

std::int16_t tone(unsigned hertz, std::uint64_t sample) {
  const double turns = static_cast<double>(hertz) * static_cast<double>(sample) / 8000;
  return static_cast<std::int16_t>(4000 * std::sin(2 * std::numbers::pi * turns));
}

// CNG from that block on: 0.5 s every 3.5 s, so often.
hw::Block cng(unsigned block, unsigned from, unsigned times) {
  hw::Block said{};
  const unsigned since = block - from;
  if (block < from || since % 175 >= 25 || since / 175 >= times) return said;
  for (unsigned i = 0; i < said.size(); ++i)
    said[i] = tone(1100, std::uint64_t{since} * said.size() + i);
  return said;
}

void ring(Script& script, unsigned times, unsigned from = 10) {
  for (unsigned n = 0; n < times; ++n) {
    script.events[from + n * ring_to_ring].push_back(LineEvent::ring_begins);
    script.events[from + n * ring_to_ring + ring_blocks].push_back(LineEvent::ring_ends);
  }
}

struct Told {
  std::vector<faxrx::CallBegin> begins;
  std::vector<faxrx::CallEnd> ends;
  std::vector<faxrx::NotAnswered> not_answered;
  WhatWasDone done;
};

Told read_ring(base::RingMemory& memory) {
  Told told;
  base::RingReader reader(memory);
  while (const auto record = reader.get()) {
    const auto type = static_cast<RecordType>(record->type);
    if (type == RecordType::call_begin)
      told.begins.push_back(*faxrx::from_bytes<faxrx::CallBegin>(record->payload));
    if (type == RecordType::call_end)
      told.ends.push_back(*faxrx::from_bytes<faxrx::CallEnd>(record->payload));
    if (type == RecordType::not_answered)
      told.not_answered.push_back(*faxrx::from_bytes<faxrx::NotAnswered>(record->payload));
  }
  return told;
}

// The whole of a line's life with these settings; the page process says that calls may come.
Told live(const faxrx::LineSettings& settings, const Script& script,
          const std::vector<faxrx::ControlWord>& words = {}) {
  const faxrx::ServedLine served{{nullptr, "1", "a told line", 1}, settings};
  base::RingMemory memory;
  base::SocketPair page = base::socket_pair();
  base::SocketPair control = base::socket_pair();
  const faxrx::PageMessage may{faxrx::MessageKind::may_answer, 1, 0};
  REQUIRE(::send(page[0].get(), &may, sizeof may, 0) == sizeof may);
  for (const faxrx::ControlWord word : words)
    REQUIRE(::send(control[0].get(), &word, sizeof word, 0) == sizeof word);
  WhatWasDone done;
  faxrx::LineLoop loop(served, std::make_unique<ScriptedLine>(script, done),
                       {&memory, std::move(page[1]), std::move(control[1]), false});
  CHECK(loop.run() == 0);
  Told told = read_ring(memory);
  told.done = done;
  return told;
}

}  // namespace

TEST_CASE("a caller is answered after the rings that are wanted, and not before the caller ID is there") {
  faxrx::LineSettings settings;
  Script script;
  ring(script, 5);
  script.blocks = 40 * second;
  script.identity.caller_number = base::ShortText<32>("0301234");
  SUBCASE("it comes in the first pause") {
    script.identity_from = 10 + ring_blocks + 40;
  }
  SUBCASE("there is none: the line says so by time") {
    script.identity_from = 10 + ring_blocks + 150;
  }
  SUBCASE("two rings are wanted") {
    settings.answer.rings = 2;
    script.identity_from = 10 + ring_blocks + 40;
  }
  const Told told = live(settings, script);
  REQUIRE(told.begins.size() == 1);
  CHECK(told.begins[0].identity.caller_number.view() == "0301234");
  CHECK(told.begins[0].rings == settings.answer.rings);
  const unsigned rung = 10 + ring_blocks + (settings.answer.rings - 1) * ring_to_ring;
  CHECK(*told.done.answered_at >= std::max(rung, script.identity_from));
  CHECK(*told.done.answered_at <= std::max(rung, script.identity_from) + 1);
  REQUIRE(told.ends.size() == 1);
  CHECK(told.ends[0].outcome == CallOutcome::no_fax);
}

TEST_CASE("a caller who is to be refused rings until he gives up") {
  faxrx::LineSettings settings;
  settings.answer.refuse = {"_0900X.", "030666"};
  Script script;
  ring(script, 4);
  script.blocks = 60 * second;
  script.identity.caller_number = base::ShortText<32>("0900123456");
  const Told told = live(settings, script);
  CHECK(told.done.answers == 0);
  CHECK(told.begins.empty());
  REQUIRE(told.not_answered.size() == 1);
  CHECK(told.not_answered[0].why == faxrx::WhyNot::refused);
  CHECK(told.not_answered[0].rings == 4);
  CHECK(told.not_answered[0].identity.caller_number.view() == "0900123456");
}

TEST_CASE("a line that never answers tells who rang, and how often") {
  faxrx::LineSettings settings;
  settings.answer.mode = AnswerMode::never;
  Script script;
  ring(script, 3);
  script.blocks = 60 * second;
  script.identity.caller_number = base::ShortText<32>("0301234");
  const Told told = live(settings, script);
  CHECK(told.done.answers == 0);
  REQUIRE(told.not_answered.size() == 1);
  CHECK(told.not_answered[0].why == faxrx::WhyNot::never);
  CHECK(told.not_answered[0].rings == 3);
}

TEST_CASE("a line that listens goes on as a fax machine when CNG is heard, or after its time") {
  faxrx::LineSettings settings;
  settings.answer.mode = AnswerMode::listen;
  settings.answer.listen_s = 8;
  Script script;
  ring(script, 1);
  script.blocks = 70 * second;
  const unsigned answered = 10 + ring_blocks;
  unsigned received_after_s = 0;
  CallOutcome outcome = CallOutcome::no_fax;
  SUBCASE("CNG 2 s after the answer") {
    script.sound = [](unsigned block) { return cng(block, answered + 2 * second, 20); };
    received_after_s = 2;
  }
  SUBCASE("silence: a machine dialled by hand") {
    received_after_s = 8;
  }
  SUBCASE("silence, and nobody but a machine is wanted") {
    settings.answer.answer_without_cng = false;
    received_after_s = 0;
  }
  const Told told = live(settings, script);
  REQUIRE(told.done.answered_at);
  CHECK(*told.done.answered_at == answered);
  REQUIRE(told.ends.size() == 1);
  CHECK(told.ends[0].outcome == outcome);
  const double end_s = static_cast<double>(told.ends[0].samples - told.begins[0].samples) / 8000;
  // Without an answer to DIS the receiver ends after CED and T1 (T.30, 5.4.3.1): 40 s and DCN.
  const double receiving_s = received_after_s == 0 ? 0 : 38;
  CHECK(end_s >= received_after_s + receiving_s);
  CHECK(end_s <= (received_after_s == 0 ? 8.1 : received_after_s + 46));
}

TEST_CASE("a line takes over from another telephone at the second CNG, and from nobody for a whistle") {
  faxrx::LineSettings settings;
  settings.answer.mode = AnswerMode::take_over;
  Script script;
  ring(script, 2);
  script.blocks = 80 * second;
  const unsigned talks_from = 10 + 2 * ring_to_ring;
  SUBCASE("CNG while the other telephone holds the line") {
    script.sound = [](unsigned block) { return cng(block, talks_from + 5 * second, 3); };
    const Told told = live(settings, script);
    REQUIRE(told.done.answered_at);
    CHECK(*told.done.answered_at > talks_from + 5 * second + 175);
    CHECK(*told.done.answered_at < talks_from + 5 * second + 175 + 50);
    REQUIRE(told.begins.size() == 1);
  }
  SUBCASE("long after the bell: whose call it is, the line knows once it is taken") {
    script.identity.caller_number = base::ShortText<32>("0301234");
    script.forgets_at_answer = true;
    script.sound = [](unsigned block) { return cng(block, talks_from + 5 * second, 3); };
    const Told told = live(settings, script);
    REQUIRE(told.begins.size() == 1);
    CHECK(told.begins[0].identity.caller_number.empty());
  }
  SUBCASE("CNG of a caller who is to be refused") {
    settings.answer.refuse = {"_0900X."};
    script.sound = [](unsigned block) { return cng(block, talks_from + 5 * second, 3); };
    for (const auto& [number, answers] : {std::pair{"0900123", 0U}, {"0301234", 1U}}) {
      CAPTURE(number);
      script.identity.caller_number = base::ShortText<32>(number);
      CHECK(live(settings, script).done.answers == answers);
    }
  }
  SUBCASE("one whistle of 1100 Hz") {
    script.sound = [](unsigned block) { return cng(block, talks_from + 5 * second, 1); };
    CHECK(live(settings, script).done.answers == 0);
  }
  SUBCASE("1100 Hz that goes on") {
    script.sound = [](unsigned block) {
      hw::Block said{};
      for (unsigned i = 0; i < said.size() && block > talks_from; ++i)
        said[i] = tone(1100, std::uint64_t{block} * said.size() + i);
      return said;
    };
    CHECK(live(settings, script).done.answers == 0);
  }
  SUBCASE("it only rings, however often") {
    ring(script, 9);
    const Told told = live(settings, script);
    CHECK(told.done.answers == 0);
    CHECK(told.not_answered.size() >= 1);
  }
}

TEST_CASE("a line blocked by the operator answers nobody until it is unblocked") {
  using enum faxrx::ControlWord;
  Script script;
  ring(script, 2);
  script.blocks = 60 * second;
  CHECK(live({}, script, {block}).done.answers == 0);
  CHECK(live({}, script, {block, unblock}).done.answers == 1);
}

TEST_CASE("the length of the ring tells which of the line's numbers was called") {
  faxrx::LineSettings settings;
  settings.called = "100";
  settings.answer.called_by_ring = {{200, 700, "101"}, {1500, 2500, "102"}};
  Script script;
  ring(script, 1);
  script.blocks = 60 * second;
  for (const auto& [ring_ms, called] :
       {std::pair{400U, "101"}, {2000U, "102"}, {1000U, "100"}, {0U, "100"}}) {
    INFO(ring_ms);
    script.ring_ms = ring_ms;
    const Told told = live(settings, script);
    REQUIRE(told.begins.size() == 1);
    CHECK(told.begins[0].identity.called.view() == called);
    CHECK(told.begins[0].ring_ms == ring_ms);
  }
}

TEST_CASE("a number that the network tells is not replaced by the ring's length") {
  faxrx::LineSettings settings;
  settings.answer.called_by_ring = {{200, 700, "101"}};
  Script script;
  ring(script, 1);
  script.blocks = 60 * second;
  script.ring_ms = 300;
  script.identity.called = base::ShortText<32>("4711");
  CHECK(live(settings, script).begins.at(0).identity.called.view() == "4711");
}
