// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <thread>

#include "hw/exchange/conditions.hpp"
#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "tests/bench/cpu_time.hpp"
#include "tests/bench/faxrx_program.hpp"
#include "tests/bench/lock_step_call.hpp"
#include "tests/bench/real_programs.hpp"
#include "tests/rt/system_calls.hpp"

namespace bench {
namespace {

constexpr auto idle_time = std::chrono::seconds(20);
constexpr auto time_to_tidy =
    std::chrono::seconds(2);             // between a call's end and a look at what is left of it
constexpr unsigned blocks_a_look = 250;  // 5 s of the line's time
constexpr double kb_of_a_pair = 800;
constexpr double kb_of_a_line = 400;

// "Private_Dirty:     112 kB" in a file of /proc/PID.
double kb_in(const std::string& file, const std::string& key) {
  std::istringstream lines(scenario::text_of(file));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(key + ":", 0) == 0) return std::stod(line.substr(key.size() + 1));
  throw base::Failure("{} says nothing of {}", file, key);
}

double memory_kb(pid_t pid) {
  return kb_in(fmt::format("/proc/{}/smaps_rollup", pid), "Private_Dirty") +
         kb_in(fmt::format("/proc/{}/status", pid), "VmPTE");
}

faxcall::FaxSettings sample_with_ecm(const RealPrograms& real) {
  return {real.pages / "sample.tif", "+49 30 1234", "", faxcall::Modem::v17, 14400, true,
          faxcall::Coding::mmr};
}

struct Pair {
  pid_t line, page;
};

struct Memory {
  double line = 0, pair = 0;
  void look(const Pair& pids) {
    const double line_now = memory_kb(pids.line);
    line = std::max(line, line_now);
    pair = std::max(pair, line_now + memory_kb(pids.page));
  }
};

// A page process that decodes a page has all its rows in memory; what a pair may have is what it has for the
// rest of its life.
void report(const std::string& when, const Memory& memory, std::optional<double> most_of_a_pair,
            Figures& figures) {
  figures.add({"memory of a line process, " + when, memory.line, "KB", kb_of_a_line,
               fmt::format("{} KB of it are the exchange's own, simulated conditions of a line",
                           sizeof(hw::exchange::LineConditions) / 1024)});
  figures.add({"memory of a line and its page process, " + when, memory.pair, "KB", most_of_a_pair, ""});
}

void measure_idle(const Pair& pids, Figures& figures) {
  const auto used = [&pids] { return process_cpu_ns(pids.line) + process_cpu_ns(pids.page); };
  const std::int64_t before = used();
  std::this_thread::sleep_for(idle_time);
  const double ns = static_cast<double>(used() - before);
  figures.add({"an idle channel without blocks (B channel), line and page process",
               ns / static_cast<double>(std::chrono::nanoseconds(idle_time).count()) * 100, "% of a core",
               0.02, "no block, no receiver code; a look at the page process each second"});
}

void measure_memory(const RealPrograms& real, const FaxrxProgram& faxrx, const Pair& pids, Figures& figures) {
  Memory waiting;
  waiting.look(pids);
  Memory receiving;
  unsigned blocks = 0;
  const int confirmed = call_in_lock_step(faxrx.lines(), sample_with_ecm(real), {}, [&](std::int64_t) {
    if (++blocks % blocks_a_look == 0) receiving.look(pids);
  });
  if (confirmed != 3) throw base::Failure("the call for memory got {} of 3 pages through", confirmed);
  // The spool has it all, and the page process is done.
  if (faxrx.await_whole_faxes(1, 3) != 1) throw base::Failure("the fax of the call for memory is not whole");
  std::this_thread::sleep_for(time_to_tidy);
  Memory waiting_again;
  waiting_again.look(pids);
  report("before its first call", waiting, kb_of_a_pair, figures);
  report("the largest in a call", receiving, {}, figures);
  report("after a call", waiting_again, kb_of_a_pair, figures);
}

std::string list_of(const rt::SystemCallCounts& calls) {
  std::string text;
  for (const auto& [name, count] : calls)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  return text;
}

// The caller is a child: the tracer waits for the line process.
void measure_system_calls(const RealPrograms& real, const FaxrxProgram& faxrx, const Pair& pids,
                          Figures& figures) {
  const pid_t caller = base::fork_child([&] {
    return call_in_lock_step(faxrx.lines(), sample_with_ecm(real), {}, [](std::int64_t) {}) == 3 ? 0 : 1;
  });
  const auto calls = rt::system_calls_of_a_call(pids.line);
  int status = 0;
  ::waitpid(caller, &status, 0);
  if (!calls || status != 0)
    throw base::Failure("the traced call went wrong: the caller {}", base::how_it_ended(status));
  std::uint64_t forbidden = 0;
  for (const auto& [name, count] : rt::forbidden_among(*calls))
    forbidden += count;
  figures.add({"system calls of a call beyond read, write, poll and wake-up", static_cast<double>(forbidden),
               "", 0, list_of(*calls)});
}

}  // namespace

void measure_one_line(const RealPrograms& real, Figures& figures) {
  const FaxrxProgram faxrx(real.folder / "one", 1);
  const Pair pids{faxrx.process("faxrx line 1"), faxrx.process("faxrx page 1")};
  measure_idle(pids, figures);
  measure_memory(real, faxrx, pids, figures);
  measure_system_calls(real, faxrx, pids, figures);
}

}  // namespace bench
