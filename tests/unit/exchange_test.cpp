// SPDX-License-Identifier: GPL-2.0-or-later
// The software exchange, played from both ends: dahdi-faxrx-exchange(5) as stories.
#include <doctest/doctest.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <new>

#include "hw/exchange/exchange_caller.hpp"
#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/sandbox.hpp"
#include "src/modem/g711.hpp"
#include "tests/unit/exchange_parts.hpp"

using namespace exchange_test;
using hw::Block;
using hw::LineEvent;
using Events = std::vector<LineEvent>;

// A clock that a test can put forward, so that ten seconds of silence take no time.
static std::atomic<long> seconds_ahead = 0;
extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, now);
  now->tv_sec += seconds_ahead;
  return static_cast<int>(result);
}

static std::atomic<long> allocations = 0;
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace {

// The words of what a piece of code throws.
template <typename Work>
std::string failure_of(Work work) {
  try {
    work();
  } catch (const base::Failure& failure) {
    return failure.what();
  }
  return "";
}

Block block_of(std::int16_t value) {
  Block block;
  block.fill(value);
  return block;
}

// Caller and line as two open files in one test: each step is in the test's hand.
struct Call {
  Folder folder;
  std::unique_ptr<hw::Line> line = hw::open_exchange_line(folder.line(1));
  RawCaller caller{folder.line(1)};

  void ring(const Dial& dial = good_dial()) {
    REQUIRE(caller.send(dial));
    REQUIRE(events_of(*line) == Events{LineEvent::ring_begins});
    REQUIRE(caller.receive() == signal(PacketType::ringing));
  }
  void answer(const Dial& dial = good_dial()) {
    ring(dial);
    line->answer();
    REQUIRE(caller.receive() == signal(PacketType::answered));
  }
  // The caller's block reaches the line, and the line says `said`.
  std::int16_t block(std::int16_t value, std::int16_t said = 0) {
    REQUIRE(caller.send(linear_audio(value)));
    Block heard;
    REQUIRE(line->read(heard));
    line->write(block_of(said));
    CHECK(caller.receive() == bytes_of(linear_audio(said)));
    return heard[80];
  }
};

}  // namespace

TEST_CASE("a caller dials, hears the ringing stop after two seconds, talks, and hangs up") {
  Folder folder;
  ServedLine line(folder.line(1));
  ExchangeCaller caller(folder.path, {"5550100", "+4940123", "Grüne & Söhne"});
  CHECK(caller.line() == folder.line(1));
  Block heard;
  int blocks = 0;
  while (!caller.answered() && blocks < 1000) {
    REQUIRE(caller.exchange(block_of(7), heard));
    ++blocks;
  }
  CHECK(blocks == 101);  // 2 s of ring; the answer is noticed with the next block
  for (std::int16_t i = 0; i < 200; ++i) {
    REQUIRE(caller.exchange(block_of(i), heard));
    REQUIRE(heard == block_of(i));
  }
  caller.hang_up();
  CHECK_FALSE(caller.exchange(block_of(0), heard));
  while (line.calls_ended == 0)
    std::this_thread::yield();
  CHECK(line.identity.called.view() == "5550100");
  CHECK(line.identity.caller_number.view() == "+4940123");
  CHECK(line.identity.caller_name.view() == "Grüne & Söhne");
}

TEST_CASE("the line hangs up, and the caller is told") {
  Folder folder;
  ServedLine line(folder.line(1));
  line.hang_up_after_blocks = 5;
  ExchangeCaller caller(folder.path, {"1", "2", ""});
  Block heard;
  int blocks = 0;
  while (caller.exchange(block_of(0), heard))
    ++blocks;
  CHECK(caller.answered());
  CHECK(blocks == 105);
}

TEST_CASE(
    "callers hunt for a free line; when all are taken they hear so, and a line that is free again is found") {
  Folder folder;
  std::ofstream(folder.path / "notes") << "no line";
  ServedLine two(folder.line(2)), ten(folder.line(10));
  auto first = std::make_unique<ExchangeCaller>(folder.path, DialRequest{"1", "", ""});
  CHECK(first->line() == folder.line(2));
  ExchangeCaller second(folder.path, {"1", "", ""});
  CHECK(second.line() == folder.line(10));
  CHECK_THROWS_AS(ExchangeCaller(folder.path, {"1", "", ""}), AllLinesBusy);
  CHECK(failure_of([&] {
          ExchangeCaller(folder.path, {"1", "", ""});
        }) == "all 2 lines in " + folder.path.string() + " are busy");
  first.reset();
  while (two.calls_ended == 0)
    std::this_thread::yield();
  CHECK(ExchangeCaller(folder.path, {"1", "", ""}).line() == folder.line(2));
}

TEST_CASE("a caller who cannot call is told why") {
  Folder folder;
  CHECK(failure_of([&] {
          ExchangeCaller(folder.path, {"1", "", ""});
        }) == "nobody serves a line in " + folder.path.string() +
                  "; start dahdi-faxrx -c exchange:" + folder.path.string() + "/1-4 first");
  CHECK(failure_of([&] {
          ExchangeCaller(folder.path / "none", {"1", "", ""});
        }).find("none: No such file") != std::string::npos);
  CHECK(failure_of([&] {
          ExchangeCaller(folder.path, {std::string(32, '1'), "", ""});
        }).find("31 bytes") != std::string::npos);
  ServedLine line(folder.line(1));
  DialRequest absurd{"1", "", ""};
  absurd.conditions.delay_us = 1'000'001;
  CHECK(failure_of([&] { ExchangeCaller(folder.path, absurd); }).find("line condition") != std::string::npos);
}

TEST_CASE_FIXTURE(Call, "a phone rings for 2 s and pauses for 4 s, in the time of the caller's blocks") {
  ring();
  std::vector<std::pair<int, LineEvent>> heard;
  for (int block_number = 1; block_number <= 700; ++block_number) {
    block(0);
    for (const LineEvent event : events_of(*line))
      heard.emplace_back(block_number, event);
  }
  CHECK(heard == std::vector<std::pair<int, LineEvent>>{{100, LineEvent::ring_ends},
                                                        {300, LineEvent::ring_begins},
                                                        {400, LineEvent::ring_ends},
                                                        {600, LineEvent::ring_begins},
                                                        {700, LineEvent::ring_ends}});
}

TEST_CASE_FIXTURE(Call, "a caller gives up before the answer: the line is free at once") {
  ring();
  SUBCASE("with a word") {
    caller.send(signal(PacketType::hangup));
  }
  SUBCASE("without one") {
    caller.close();
  }
  CHECK(events_of(*line) == Events{LineEvent::caller_gone});
  Block heard;
  CHECK_FALSE(line->read(heard));
  caller = RawCaller(folder.line(1));
  ring();
}

TEST_CASE_FIXTURE(Call, "what a caller said before he hung up is heard, and then that he is gone") {
  answer();
  for (const std::int16_t value : {1, 2, 3})
    caller.send(linear_audio(value));
  caller.send(signal(PacketType::hangup));
  Block heard;
  for (const std::int16_t value : {1, 2, 3}) {
    CHECK(events_of(*line).empty());
    REQUIRE(line->read(heard));
    CHECK(heard == block_of(value));
    line->write(heard);
  }
  CHECK_FALSE(line->read(heard));
  CHECK(line->poll_timeout_ms() == 0);  // the news waits here, not in the socket
  CHECK(events_of(*line) == Events{LineEvent::caller_gone});
}

TEST_CASE_FIXTURE(Call, "a line whose caller is gone is busy until it has hung up itself") {
  answer();
  caller.close();
  CHECK(events_of(*line) == Events{LineEvent::caller_gone});
  RawCaller next(folder.line(1));
  CHECK(events_of(*line).empty());
  CHECK(next.receive() == signal(PacketType::busy));
  line->hang_up();
  caller = RawCaller(folder.line(1));
  ring();
}

TEST_CASE_FIXTURE(Call,
                  "the line hangs up while the caller's sound still waits: he hears it as the last thing") {
  answer();
  for (int i = 0; i < 50; ++i)
    caller.send(linear_audio(1));
  line->hang_up();
  CHECK(caller.receive() == signal(PacketType::hangup));
  CHECK(caller.receive().empty());
  CHECK(caller.closed);
  CHECK_FALSE(caller.send(linear_audio(1)));
  CHECK(events_of(*line).empty());
}

TEST_CASE_FIXTURE(Call, "a second caller hears busy, and the first does not notice") {
  answer();
  RawCaller second(folder.line(1));
  second.send(good_dial());
  CHECK(events_of(*line).empty());
  CHECK(second.receive() == signal(PacketType::busy));
  CHECK(second.receive().empty());
  CHECK(second.closed);
  CHECK(block(5, 6) == 5);
}

TEST_CASE_FIXTURE(Call, "a line that takes no calls says busy, also to who connected before") {
  CHECK(events_of(*line).empty());
  line->accept_calls(false);
  caller.send(good_dial());
  CHECK(events_of(*line).empty());
  CHECK(caller.receive() == signal(PacketType::busy));
  RawCaller next(folder.line(1));
  CHECK(events_of(*line).empty());
  CHECK(next.receive() == signal(PacketType::busy));
  line->accept_calls(true);
  caller = RawCaller(folder.line(1));
  ring();
}

TEST_CASE_FIXTURE(Call, "a caller from whom nothing comes for 10 s has hung up") {
  SUBCASE("in the middle of a call") {
    answer();
    block(1);
    CHECK(line->poll_timeout_ms() > 9000);
    seconds_ahead += 9;
    CHECK(events_of(*line).empty());
    CHECK(line->poll_timeout_ms() <= 1000);
    seconds_ahead += 1;
    CHECK(line->poll_timeout_ms() == 0);
    CHECK(events_of(*line) == Events{LineEvent::caller_gone});
    CHECK(caller.receive() == signal(PacketType::hangup));
  }
  SUBCASE("but not while the line keeps him waiting: in lock step it is not his turn") {
    answer();
    caller.send(linear_audio(1));
    Block heard;
    REQUIRE(line->read(heard));
    seconds_ahead += 9;
    line->write(heard);
    seconds_ahead += 9;
    CHECK(events_of(*line).empty());
  }
  SUBCASE("before he has dialled: nobody ever knew of him") {
    CHECK(events_of(*line).empty());
    seconds_ahead += 10;
    CHECK(events_of(*line).empty());
    CHECK(caller.receive() == signal(PacketType::hangup));
    CHECK(line->poll_timeout_ms() == -1);
  }
}

TEST_CASE_FIXTURE(Call,
                  "a caller who speaks and never listens is hung up on; the line does not wait for him") {
  answer();
  Block heard;
  Events events;
  for (int i = 0; i < 10'000 && events.empty(); ++i) {
    caller.send(linear_audio(1));
    if (line->read(heard)) line->write(heard);
    events = events_of(*line);
  }
  CHECK(events == Events{LineEvent::caller_gone});
}

TEST_CASE_FIXTURE(Call, "the line writes more than it read: the caller gets one block for each of his") {
  answer();
  line->write(block_of(9));
  CHECK(caller.receive().empty());
  CHECK(block(1, 2) == 1);
  line->write(block_of(9));
  CHECK(caller.receive().empty());
}

TEST_CASE("a malformed DIAL never rings") {
  using Change = std::function<void(Dial&)>;
  const std::vector<std::pair<const char*, Change>> mistakes = {
      {"version 2", [](Dial& d) { d.version = 2; }},
      {"version 0", [](Dial& d) { d.version = 0; }},
      {"no such law", [](Dial& d) { d.law = static_cast<Law>(3); }},
      {"reserved", [](Dial& d) { d.reserved = 1; }},
      {"an answer's type", [](Dial& d) { d.type = PacketType::answered; }},
      {"type 0", [](Dial& d) { d.type = static_cast<PacketType>(0); }},
      {"called without end", [](Dial& d) { d.called.fill('1'); }},
      {"number without end", [](Dial& d) { d.caller_number.fill('1'); }},
      {"name without end", [](Dial& d) { d.caller_name.fill('x'); }},
      {"something behind the end", [](Dial& d) { d.called[31] = '\0', d.called[30] = '1'; }},
      {"too loud", [](Dial& d) { d.conditions.level_db100 = 2001; }},
      {"too soft", [](Dial& d) { d.conditions.level_db100 = -6001; }},
      {"noise above 0 dBm0", [](Dial& d) { d.conditions.noise_dbm0_100 = 1; }},
      {"noise of nothing", [](Dial& d) { d.conditions.noise_dbm0_100 = -9001; }},
      {"delay of 71 minutes", [](Dial& d) { d.conditions.delay_us = 0xffffffff; }},
      {"late echo", [](Dial& d) { d.conditions.echo_delay_us = 1'000'001; }},
      {"an echo louder than the voice", [](Dial& d) { d.conditions.echo_db100 = 1; }},
      {"skew", [](Dial& d) { d.conditions.skew_ppm10 = 10'001; }},
      {"skew down", [](Dial& d) { d.conditions.skew_ppm10 = -32768; }},
      {"a shower of impulses", [](Dial& d) { d.conditions.impulses_per_min = 6001; }},
      {"reserved condition", [](Dial& d) { d.conditions.reserved = 1; }},
  };
  for (const auto& [name, change] : mistakes) {
    CAPTURE(name);
    Call call;
    Dial dial = good_dial();
    change(dial);
    call.caller.send(dial);
    CHECK(events_of(*call.line).empty());
    CHECK(call.caller.receive() == signal(PacketType::hangup));
    call.caller = RawCaller(call.folder.line(1));
    call.ring();
  }
}

TEST_CASE("what is no DIAL at all never rings either") {
  Bytes longer = bytes_of(good_dial()), shorter = longer;
  longer.push_back(0);
  shorter.pop_back();
  for (const Bytes& packet : {longer, shorter, Bytes{1}, Bytes(4000, 1), bytes_of(linear_audio(0)),
                              signal(PacketType::hangup), signal(PacketType::dial)}) {
    CAPTURE(packet.size());
    Call call;
    call.caller.send(packet);
    CHECK(events_of(*call.line).empty());
    CHECK(call.caller.receive() == signal(PacketType::hangup));
    CHECK(call.line->poll_timeout_ms() == -1);
  }
}

TEST_CASE("a malformed packet in a call ends it, and only it") {
  Bytes longer = bytes_of(linear_audio(0)), shorter = longer, reserved = longer;
  longer.push_back(0);
  shorter.pop_back();
  reserved[3] = 1;
  const Bytes law_audio(164, static_cast<std::uint8_t>(PacketType::audio));
  for (const Bytes& packet : {longer, shorter, reserved, law_audio, Bytes{2}, Bytes(100'000, 2),
                              bytes_of(good_dial()), signal(PacketType::ringing), Bytes{3, 0, 0, 1}}) {
    for (const bool read_first : {false, true}) {
      CAPTURE(packet.size());
      CAPTURE(read_first);
      Call call;
      call.answer();
      REQUIRE(call.caller.send(packet));
      Block heard;
      if (read_first) CHECK_FALSE(call.line->read(heard));
      CHECK(events_of(*call.line) == Events{LineEvent::caller_gone});
      CHECK(call.caller.receive() == signal(PacketType::hangup));
      call.line->hang_up();
      call.caller = RawCaller(call.folder.line(1));
      call.ring();
    }
  }
}

TEST_CASE("µ-law and A-law calls carry G.711's octets, and each comes back as it was sent") {
  for (const Law law : {Law::ulaw, Law::alaw}) {
    Call call;
    call.answer(good_dial(law));
    for (int first = 0; first < 256; first += 128) {
      LawAudio audio{PacketType::audio, {}, {}};
      for (int i = 0; i < 160; ++i)
        audio.samples[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(first + i);
      // µ-law has two zeros; a sample has one.
      for (std::uint8_t& octet : audio.samples)
        if (law == Law::ulaw && octet == 0x7f) octet = 0xff;
      REQUIRE(call.caller.send(audio));
      Block heard;
      REQUIRE(call.line->read(heard));
      call.line->write(heard);
      CHECK(call.caller.receive() == bytes_of(audio));
    }
  }
}

TEST_CASE("G.711's octets are the Recommendation's") {
  // ITU-T G.711, tables 1 and 2: the ends of the scale and both zeros, on 16 bits.
  CHECK(modem::sample_of_ulaw(0x80) == 32124);
  CHECK(modem::sample_of_ulaw(0x00) == -32124);
  CHECK(modem::sample_of_ulaw(0xff) == 0);
  CHECK(modem::ulaw_of(0) == 0xff);
  CHECK(modem::ulaw_of(32767) == 0x80);
  CHECK(modem::ulaw_of(-32768) == 0x00);
  CHECK(modem::sample_of_alaw(0xaa) == 32256);
  CHECK(modem::sample_of_alaw(0x2a) == -32256);
  CHECK(modem::sample_of_alaw(0xd5) == 8);
  CHECK(modem::sample_of_alaw(0x55) == -8);
  CHECK(modem::alaw_of(0) == 0xd5);
  CHECK(modem::alaw_of(32767) == 0xaa);
  CHECK(modem::alaw_of(-32768) == 0x2a);
}

TEST_CASE("conditions of the call are those its DIAL asks for, a lost block among them") {
  Call call;
  Dial dial = good_dial();
  dial.conditions.level_db100 = -600;
  dial.conditions.lost_block = 2;
  call.ring(dial);
  CHECK(call.block(10'000) == 5012);
  call.line->answer();
  call.caller.receive();
  std::vector<std::int16_t> heard;
  for (int i = 0; i < 3; ++i) {
    call.caller.send(linear_audio(10'000));
    Block block;
    REQUIRE(call.line->read(block));
    heard.push_back(block[80]);
    call.line->write(block_of(1000));
    CHECK(call.caller.receive() == bytes_of(linear_audio(501)));
  }
  CHECK(heard == std::vector<std::int16_t>{5012, 0, 5012});
}

TEST_CASE("the socket of a line that died is replaced; one in use, or a file, is not") {
  Folder folder;
  { const auto dead = hw::open_exchange_line(folder.line(1)); }
  CHECK(std::filesystem::is_socket(folder.line(1)));
  const auto line = hw::open_exchange_line(folder.line(1));
  CHECK(failure_of([&] { hw::open_exchange_line(folder.line(1)); }) ==
        "the exchange line " + folder.line(1) + " is in use by another process");
  CHECK(events_of(*line).empty());  // whoever asked whether it lives leaves no trace
  std::ofstream(folder.line(2)) << "precious";
  CHECK(failure_of([&] { hw::open_exchange_line(folder.line(2)); }).find("is no socket") !=
        std::string::npos);
  CHECK(std::filesystem::file_size(folder.line(2)) == 8);
}

TEST_CASE("a line's folder is made, one level deep") {
  Folder folder;
  const auto line = hw::open_exchange_line(folder.path / "new/1");
  CHECK(std::filesystem::is_socket(folder.path / "new/1"));
  CHECK(failure_of([&] { hw::open_exchange_line(folder.path / "a/b/1"); }).find("cannot be made") !=
        std::string::npos);
  CHECK(failure_of([&] {
          hw::open_exchange_line(folder.path / std::string(120, 'x') / "1");
        }).find("too long") != std::string::npos);
}

TEST_CASE_FIXTURE(Call, "from its opening on a line allocates nothing, with every condition at work") {
  Dial dial = good_dial();
  dial.conditions = {-300, -4000, 5125, 40'000, -2000, 500, 60, 0, 3, 1};
  caller.send(dial);
  const LinearAudio audio = linear_audio(1000);
  Block heard;
  const long before = allocations;
  while (line->next_event() != LineEvent::none) {
  }
  line->answer();
  for (int i = 0; i < 20; ++i) {
    caller.send(audio);
    line->read(heard);
    line->write(heard);
    while (line->next_event() != LineEvent::none) {
    }
  }
  caller.close();
  while (line->next_event() != LineEvent::none) {
  }
  line->hang_up();
  const long after = allocations;
  CHECK(after == before);
}

// Sanitizer builds make system calls of their own, and have a list of their own.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool sandbox_is_exact = false;
#else
constexpr bool sandbox_is_exact = true;
#endif

TEST_CASE("a whole call goes through a sandbox that allows what exchange_line.hpp says, and no other call" *
          doctest::skip(!sandbox_is_exact)) {
  Folder folder;
  const pid_t child = base::fork_child([&] {
    const auto line = hw::open_exchange_line(folder.line(1));
    ::alarm(20);
    base::sandbox::allow_only({{"accept4", "recvfrom", "sendto", "shutdown", "close", "poll", "clock_gettime",
                                "exit_group", "sched_yield"}});
    Block heard;
    for (;;) {
      for (auto event = line->next_event(); event != LineEvent::none; event = line->next_event()) {
        if (event == LineEvent::ring_ends) line->answer();
        if (event == LineEvent::caller_gone) ::_exit(41);
      }
      if (line->read(heard)) line->write(heard);
      ::sched_yield();
    }
    return 0;
  });
  int status = 0;
  // Until it listens: nobody there.
  while (!RawCaller(folder.line(1)).connected && ::waitpid(child, &status, WNOHANG) == 0)
    std::this_thread::yield();
  RawCaller(folder.line(1)).send(Bytes{9});
  ExchangeCaller caller = [&] {
    for (;;)
      try {
        return ExchangeCaller(folder.path, {"1", "2", "3"});
      } catch (const AllLinesBusy&) {  // with those before us
      }
  }();
  Block heard;
  for (int i = 0; i < 150; ++i)
    REQUIRE(caller.exchange(block_of(1), heard));
  CHECK(caller.answered());
  CHECK(heard == block_of(1));
  caller.hang_up();
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(base::how_it_ended(status) == "failed with code 41");
}
