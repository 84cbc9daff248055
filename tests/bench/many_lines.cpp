// SPDX-License-Identifier: GPL-2.0-or-later
// Hundreds of lines receiving V.17 at once, in real time: what all processes of the real dahdi-faxrx use, beside
// as many processes that only poll, read and write the same blocks from the same sender, and as many receivers in
// one process, each with its own memory, which take turns.
#include <fmt/format.h>

#include <list>

#include "tests/bench/cpu_time.hpp"
#include "tests/bench/fax_run.hpp"
#include "tests/bench/real_programs.hpp"

namespace bench {
namespace {

constexpr double most_times_the_sum = 1.25;

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

FaxRun run_faxrx(const RealPrograms& real, const RecordedCall& call) {
  const FaxrxProgram faxrx(real.folder / "many", real.lines);
  std::vector<std::filesystem::path> sockets;
  for (unsigned n = 1; n <= real.lines; ++n)
    sockets.push_back(faxrx.lines() / std::to_string(n));
  return play_to(faxrx, sockets, call);
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
  const double all_ns = fax.cpu.sum();
  const std::string lines = fmt::format("{} lines receiving V.17 at once", real.lines);
  figures.add(
      {lines + ", all processes", all_ns / (empty_ns + receivers_ns), "× sum", most_times_the_sum,
       fmt::format(
           "{:.1f} s of CPU (lines {:.1f}, pages {:.1f}, others {:.1f}); empty loops {:.1f} s + "
           "receivers in turn {:.1f} s (one alone, times the lines, {:.1f} s: {:.2f} ×); page work in "
           "process {:.1f} s",
           all_ns / 1e9, fax.cpu.lines / 1e9, fax.cpu.pages / 1e9, (fax.cpu.spans + fax.cpu.others) / 1e9,
           empty_ns / 1e9, receivers_ns / 1e9, alone_ns / 1e9, all_ns / (empty_ns + alone_ns),
           pages_ns / 1e9)});
  figures.add({lines + ", line processes alone", fax.cpu.lines / (empty_ns + receivers_ns), "× sum", {}, ""});
  figures.add(
      {lines + ", latest block",
       latest_ms(fax.answers),
       "ms",
       {},
       fmt::format("p99.9 {:.2f}; a probe at the same priority {:.2f}, p99.9 {:.2f}; empty loops {:.2f}; "
                   "the sender itself was late by up to {:.0f}",
                   percentile(fax.answers.ms, 0.999), latest_ms(fax.probe), percentile(fax.probe.ms, 0.999),
                   latest_ms(empty.answers), fax.latest_tick_ms)});
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
