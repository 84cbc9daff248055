// SPDX-License-Identifier: GPL-2.0-or-later
// The proof that the audio loop allocates nothing and makes no system call but read, write, poll and the
// ring's wake-up: whole calls, counted. Each count is first shown to see what it is there to see.
#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "hw/exchange/protocol.hpp"
#include "src/base/child.hpp"
#include "src/base/socket_pair.hpp"
#include "src/faxrx/line_loop.hpp"
#include "src/faxrx/page.hpp"
#include "src/modem/spandsp.hpp"
#include "tests/bench/callees.hpp"
#include "tests/bench/faxrx_program.hpp"
#include "tests/bench/lock_step_call.hpp"
#include "tests/bench/quiet_log.hpp"
#include "tests/bench/recorded_call.hpp"
#include "tests/rt/allocations.hpp"
#include "tests/rt/recorded_line.hpp"
#include "tests/rt/system_calls.hpp"
#include "tests/unit/scratch_folder.hpp"

using faxcall::Coding;
using faxcall::Modem;

namespace {

struct Spool : unit::ScratchFolder {
  Spool() {
    for (const char* name : {"incoming", "ready", "trace", "recordings"})
      std::filesystem::create_directory(path / name);
  }
};

const std::filesystem::path pages = TEST_PAGES;

const std::vector<bench::CallToRecord>& calls() {
  static const std::vector<bench::CallToRecord> all = {
      {"V.17", Modem::v17, false, Coding::mr, pages / "mixed.tif"},
      {"V.29", Modem::v29, false, Coding::mr, pages / "mixed.tif"},
      {"V.27ter", Modem::v27ter, false, Coding::mh, pages / "one.tif"},
      {"V.17 with ECM", Modem::v17, true, Coding::mmr, pages / "mixed.tif"},
  };
  return all;
}

// Recorded once for all stories here.
const bench::RecordedCall& recorded(const bench::CallToRecord& call) {
  static std::map<std::string, bench::RecordedCall> made;
  const auto there = made.find(call.name);
  if (there != made.end()) return there->second;
  const Spool folder;
  return made.emplace(call.name, bench::record(call, folder.path)).first->second;
}

// How often the receiver allocates over these blocks, its start included. The page process's part is done
// between them and not counted.
std::uint64_t allocations_over(bench::OurCallee& called, const std::vector<hw::Block>& caller) {
  std::uint64_t calls = 0;
  {
    const rt::CountAllocations counting(calls);
    called.begin();
  }
  for (const hw::Block& heard : caller) {
    hw::Block said;
    {
      const rt::CountAllocations counting(calls);
      called.block(heard, said);
    }
    called.work_as_page_process();
    if (called.over()) break;
  }
  {
    const rt::CountAllocations counting(calls);
    called.receiver().line_dropped();
  }
  called.end();
  return calls;
}

// Every second of the call has a stretch of noise, silence or another level in it.
std::vector<hw::Block> spoiled(std::vector<hw::Block> caller, unsigned seed) {
  std::mt19937 random(seed);
  for (std::size_t second = 0; second + bench::blocks_per_s < caller.size(); second += bench::blocks_per_s) {
    const std::size_t from = second + random() % bench::blocks_per_s;
    const unsigned how = random() % 4;
    for (std::size_t n = from; n < std::min(from + 1 + random() % 8, caller.size()); ++n)
      for (std::int16_t& sample : caller[n])
        sample = how == 0   ? std::int16_t{0}
                 : how == 1 ? static_cast<std::int16_t>(static_cast<int>(random() % 8000) - 4000)
                 : how == 2 ? static_cast<std::int16_t>(sample / 8)
                            : sample;
  }
  return caller;
}

// The whole loop of a line process in this one, its page process beside it, over one call. Returns how often
// the loop allocated from its first turn to its last.
std::uint64_t allocations_of_the_loop(const std::vector<hw::Block>& caller, const Spool& spool) {
  faxrx::Settings settings;
  settings.spool = spool.path;
  settings.least_free_mb = 1;
  const faxrx::ServedLine served{{nullptr, "1", "test", 1}, {}};
  base::RingMemory ring;
  base::SocketPair link = base::socket_pair();
  base::SocketPair control = base::socket_pair();
  const pid_t page = base::fork_child([&] {
    link[0].reset();
    return faxrx::run_page(served, settings, ring, std::move(link[1]));
  });
  link[1].reset();
  const hw::CallIdentity identity{
      base::ShortText<32>("+49 30 123456789 0123 4567"), base::ShortText<32>("+49 89 987654321"), {}};
  std::uint64_t calls = 0;
  {
    faxrx::LineLoop loop(served, std::make_unique<rt::RecordedLine>(caller, identity),
                         {&ring, std::move(link[0]), std::move(control[0])});
    const rt::CountAllocations counting(calls);
    CHECK(loop.run() == 0);
  }
  CHECK(unit::wait_for(page) == 0);
  return calls;
}

}  // namespace

TEST_CASE("one allocation is seen, wherever it comes from") {
  // Through volatile pointers, or the compiler sees that nobody uses the memory and asks for none.
  std::uint64_t calls = 0;
  {
    const rt::CountAllocations counting(calls);
    void* volatile memory = ::malloc(1);
    ::free(memory);
  }
  CHECK(calls == 2);
  {
    const rt::CountAllocations counting(calls);
    int* volatile number = new int;
    delete number;
  }
  CHECK(calls == 4);
  // In a library: spandsp's own engine takes memory while it is made.
  {
    const rt::CountAllocations counting(calls);
    fax_free(fax_init(nullptr, FALSE));
  }
  const std::uint64_t before = calls;
  CHECK(before >= 6);
  // ... and none where nobody counts.
  void* volatile memory = ::malloc(1);
  ::free(memory);
  CHECK(calls == before);
}

TEST_CASE("from its start to its end the receiver allocates nothing, in every modem") {
  for (const bench::CallToRecord& call : calls()) {
    INFO(call.name);
    const Spool spool;
    const bench::QuietLog quiet(spool / "log");
    bench::OurCallee called(spool.path);
    CHECK(allocations_over(called, recorded(call).caller) == 0);
    CHECK(called.pages() == recorded(call).pages);
    // One receiver takes call after call.
    CHECK(allocations_over(called, recorded(call).caller) == 0);
    CHECK(called.pages() == recorded(call).pages);
  }
}

TEST_CASE("... nor on a line so bad that it has to ask, refuse and give up") {
  for (const bench::CallToRecord& call : calls())
    for (const unsigned seed : {1U, 2U, 3U}) {
      INFO(call.name << ", seed " << seed);
      const Spool spool;
      const bench::QuietLog quiet(spool / "log");
      bench::OurCallee called(spool.path);
      CHECK(allocations_over(called, spoiled(recorded(call).caller, seed)) == 0);
    }
}

TEST_CASE("the whole loop of a line process allocates nothing in a call, in every modem") {
  for (const bench::CallToRecord& call : calls()) {
    INFO(call.name);
    const Spool spool;
    const bench::QuietLog quiet(spool / "log");
    CHECK(allocations_of_the_loop(recorded(call).caller, spool) == 0);
    // A TIFF and its record.
    CHECK(unit::names_in(spool / "ready").size() == 2);
  }
}

TEST_CASE("one system call that an audio loop has no business with is seen") {
  base::SocketPair ends = base::socket_pair();
  const pid_t loop = base::fork_child([&ends] {
    using hw::exchange::PacketType;
    ends[0].reset();
    const auto say = [&ends](PacketType type) {
      const hw::exchange::Signal signal{type, {}};
      ::send(ends[1].get(), &signal, sizeof signal, 0);
    };
    char go = 0;
    ::recv(ends[1].get(), &go, 1, 0);
    say(PacketType::answered);
    for (unsigned n = 0; n < 100; ++n) {
      ::poll(nullptr, 0, 0);
      if (n == 50) ::getppid();
    }
    say(PacketType::hangup);
    ::getpgrp();  // after the call: of no interest
    return 0;
  });
  std::thread starter([&ends] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ::send(ends[0].get(), "g", 1, 0);
  });
  const auto calls = rt::system_calls_of_a_call(loop);
  starter.join();
  unit::wait_for(loop);
  REQUIRE(calls);
  CHECK(*calls == rt::SystemCallCounts{{"poll", 100}, {"getppid", 1}});
  CHECK(rt::forbidden_among(*calls) == rt::SystemCallCounts{{"getppid", 1}});
}

TEST_CASE("in a call the real line process reads, writes, polls, wakes its page process, and that is all") {
  const unit::ScratchFolder folder;
  const bench::FaxrxProgram faxrx(folder / "faxrx", 1);
  for (const bench::CallToRecord& call : calls()) {
    INFO(call.name);
    unsigned blocks = 0;
    const pid_t line = faxrx.process("faxrx line 1");
    const pid_t caller = base::fork_child([&] {
      const faxcall::FaxSettings fax{call.file, "+49 30 1234", "", call.modem, 14400, call.ecm, call.coding};
      return bench::call_in_lock_step(faxrx.lines(), fax, {}, [&](std::int64_t) { ++blocks; });
    });
    const auto calls = rt::system_calls_of_a_call(line);
    CHECK(unit::wait_for(caller) == static_cast<int>(recorded(call).pages));
    REQUIRE(calls);
    for (const auto& [name, count] : rt::forbidden_among(*calls))
      FAIL_CHECK(name << ", " << count << " times");
    // It was a call that was counted: every block was read and one was written.
    CHECK(calls->at("recvfrom") > 1000);
    CHECK(calls->at("sendto") > 1000);
  }
}
