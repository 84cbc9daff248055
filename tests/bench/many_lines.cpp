// SPDX-License-Identifier: GPL-2.0-or-later
// Hundreds of lines receiving V.17 at once, in real time: what all processes of the real dahdi-faxrx use, beside
// as many processes that only poll, read and write the same blocks from the same sender, and as many receivers in
// one process, each with its own memory, which take turns.
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <list>

#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/socket_pair.hpp"
#include "tests/bench/cpu_time.hpp"
#include "tests/bench/faxrx_program.hpp"
#include "tests/bench/real_programs.hpp"
#include "tests/bench/replayer.hpp"

namespace bench {
namespace {

constexpr double most_times_the_sum = 1.25;

// Sends back what comes, as a line process that hears nothing and says nothing would.
int empty_loop(int socket) {
  std::array<std::uint8_t, 1024> block;
  for (;;) {
    pollfd fd{socket, POLLIN, 0};
    ::poll(&fd, 1, -1);
    const ssize_t got = ::read(socket, block.data(), block.size());
    if (got <= 0 || ::write(socket, block.data(), static_cast<std::size_t>(got)) != got) return 0;
  }
}

class EmptyLoop {
 public:
  EmptyLoop() {
    base::SocketPair ends = base::socket_pair();
    pid_ = base::fork_child([&ends] {
      ends[0].reset();
      return empty_loop(ends[1].get());
    });
    socket = std::move(ends[0]);
  }
  ~EmptyLoop() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  EmptyLoop(const EmptyLoop&) = delete;
  EmptyLoop& operator=(const EmptyLoop&) = delete;
  [[nodiscard]] std::int64_t cpu_ns() const { return process_cpu_ns(pid_); }

  base::UniqueFd socket;  // the other end of what it reads and writes

 private:
  pid_t pid_;
};

void allow_many_files() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

struct EmptyRun {
  double cpu_ns = 0;
  std::uint64_t blocks = 0;
  Answers answers;
};

EmptyRun run_empty_loops(const RecordedCall& call, unsigned lines) {
  EmptyRun run;
  Replayer replayer(call);
  std::list<EmptyLoop> loops;
  for (unsigned n = 0; n < lines; ++n)
    replayer.add_loop(std::move(loops.emplace_back().socket), run.answers);
  replayer.run();
  for (const EmptyLoop& loop : loops)
    run.cpu_ns += static_cast<double>(loop.cpu_ns());
  run.blocks = replayer.blocks_sent();
  return run;
}

struct FaxRun {
  double lines_ns = 0, pages_ns = 0, others_ns = 0;
  std::uint64_t blocks = 0;
  Answers answers, probe;
  double latest_tick_ms = 0;
};

struct CpuOfFaxrx {
  double lines = 0, pages = 0, others = 0;
};

CpuOfFaxrx cpu_of(const std::vector<pid_t>& pids) {
  CpuOfFaxrx cpu;
  for (const pid_t pid : pids) {
    const std::string name = scenario::text_of(fmt::format("/proc/{}/comm", pid));
    double& sum = name.rfind("faxrx line", 0) == 0   ? cpu.lines
                  : name.rfind("faxrx page", 0) == 0 ? cpu.pages
                                                     : cpu.others;
    sum += static_cast<double>(process_cpu_ns(pid));
  }
  return cpu;
}

FaxRun run_faxrx(const RealPrograms& real, const RecordedCall& call) {
  FaxRun run;
  const FaxrxProgram faxrx(real.folder / "many", real.lines);
  EmptyLoop probe;
  Replayer replayer(call);
  for (unsigned n = 1; n <= real.lines; ++n)
    replayer.add_line(faxrx.lines() / std::to_string(n), run.answers);
  replayer.add_loop(std::move(probe.socket), run.probe);
  const std::vector<pid_t> pids = faxrx.all_processes();
  const CpuOfFaxrx before = cpu_of(pids);
  replayer.run();
  const unsigned whole = faxrx.await_whole_faxes(real.lines, call.pages);
  const CpuOfFaxrx after = cpu_of(pids);
  if (whole != real.lines)
    throw base::Failure(
        "of {} calls {} are whole faxes of {} pages in the spool, {} lines hung up by themselves", real.lines,
        whole, call.pages, replayer.hung_up());
  run.lines_ns = after.lines - before.lines;
  run.pages_ns = after.pages - before.pages;
  run.others_ns = after.others - before.others;
  run.blocks = replayer.blocks_sent() - call.caller.size();  // the probe's
  run.latest_tick_ms = replayer.latest_tick_ms();
  return run;
}

double latest(const Answers& answers) {
  return answers.ms.empty() ? 0 : *std::max_element(answers.ms.begin(), answers.ms.end());
}

struct InProcess {
  ReceiverCost alone;     // a receiver that has the processor's caches for itself
  double in_turn_ns = 0;  // of all of them
};

void report(const RealPrograms& real, const EmptyRun& empty, const FaxRun& fax, const InProcess& in_process,
            Figures& figures) {
  // The lines ring before the recording begins, the loops do not: as many blocks for both.
  const double empty_ns = empty.cpu_ns * static_cast<double>(fax.blocks) / static_cast<double>(empty.blocks);
  const double receivers_ns = in_process.in_turn_ns;
  const double alone_ns = in_process.alone.receiver_ns * real.lines;
  const double pages_ns = in_process.alone.page_ns * real.lines;
  const double all_ns = fax.lines_ns + fax.pages_ns + fax.others_ns;
  const std::string lines = fmt::format("{} lines receiving V.17 at once", real.lines);
  figures.add(
      {lines + ", all processes", all_ns / (empty_ns + receivers_ns), "× sum", most_times_the_sum,
       fmt::format(
           "{:.1f} s of CPU (lines {:.1f}, pages {:.1f}, others {:.1f}); empty loops {:.1f} s + "
           "receivers in turn {:.1f} s (one alone, times the lines, {:.1f} s: {:.2f} ×); page work in "
           "process {:.1f} s",
           all_ns / 1e9, fax.lines_ns / 1e9, fax.pages_ns / 1e9, fax.others_ns / 1e9, empty_ns / 1e9,
           receivers_ns / 1e9, alone_ns / 1e9, all_ns / (empty_ns + alone_ns), pages_ns / 1e9)});
  figures.add({lines + ", line processes alone", fax.lines_ns / (empty_ns + receivers_ns), "× sum", {}, ""});
  figures.add(
      {lines + ", latest block",
       latest(fax.answers),
       "ms",
       {},
       fmt::format("p99.9 {:.2f}; a probe at the same priority {:.2f}, p99.9 {:.2f}; empty loops {:.2f}; "
                   "the sender itself was late by up to {:.0f}",
                   percentile(fax.answers.ms, 0.999), latest(fax.probe), percentile(fax.probe.ms, 0.999),
                   latest(empty.answers), fax.latest_tick_ms)});
  figures.add({lines + ", end of page to MCF, p99",
               percentile(fax.answers.page_ms, 0.99),
               "ms",
               {},
               fmt::format("of {} pages; median {:.1f}", fax.answers.page_ms.size(),
                           fax.answers.page_ms.empty() ? 0 : median(fax.answers.page_ms))});
}

}  // namespace

void measure_many_lines(const RealPrograms& real, Figures& figures) {
  allow_many_files();
  const std::filesystem::path folder = real.folder / "mixed";
  std::filesystem::create_directory(folder);
  const RecordedCall call = record(
      {"mixed by V.17", faxcall::Modem::v17, false, faxcall::Coding::mr, real.pages / "mixed.tif"}, folder);
  Figures unused;
  const InProcess in_process{measure_receiver(call, folder, unused),
                             receivers_in_turn_ns(call, folder, real.lines)};
  const EmptyRun empty = run_empty_loops(call, real.lines);
  const FaxRun fax = run_faxrx(real, call);
  report(real, empty, fax, in_process, figures);
}

}  // namespace bench
