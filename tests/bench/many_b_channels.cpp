// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/many_b_channels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "tests/bench/cpu_time.hpp"
#include "tests/bench/fax_run.hpp"
#include "tests/bench/trunk_exchange.hpp"

namespace bench {
namespace {

namespace fs = std::filesystem;

constexpr unsigned rounds = 5;
// Q.931 lets a network wait 4 s for the first answer to its SETUP (T303); CONNECT is the last.
constexpr double longest_connect_ms = 4000;
constexpr double most_times_analog = 1.10;
constexpr double block_ms = 20;
// A trunk's line without sound hears the hang-up after a second, and then writes its record.
constexpr std::chrono::seconds between_rounds(4);

struct SetUps {
  std::vector<double> connect_ms;
  std::vector<double> a_second;  // of each round, until the last of its calls was connected
  double spans_ns = 0;           // CPU of the span processes
};

std::vector<fs::path> trunks(const fs::path& folder, unsigned spans) {
  std::vector<fs::path> folders;
  for (unsigned n = 1; n <= spans; ++n)
    folders.push_back(folder / fmt::format("e{}", n));
  return folders;
}

std::vector<std::string> lines_of(const std::vector<fs::path>& folders) {
  std::vector<std::string> lines;
  for (const fs::path& folder : folders)
    for (const char* timeslots : {"1-15", "17-31"})
      lines.push_back(fmt::format("trunk:{}/{}", folder.string(), timeslots));
  return lines;
}

std::vector<fs::path> sockets_of(const std::vector<fs::path>& folders) {
  std::vector<fs::path> sockets;
  for (const fs::path& folder : folders)
    for (unsigned timeslot = 1; timeslot <= 31; ++timeslot)
      if (timeslot != 16) sockets.push_back(folder / std::to_string(timeslot));
  return sockets;
}

SetUps set_up_calls(const FaxrxProgram& faxrx, TrunkExchange& exchange) {
  SetUps all;
  const std::vector<pid_t> pids = faxrx.all_processes();
  const double before_ns = cpu_of(pids).spans;
  for (unsigned round = 0; round < rounds; ++round) {
    const std::vector<double> times = exchange.call_all();
    all.connect_ms.insert(all.connect_ms.end(), times.begin(), times.end());
    all.a_second.push_back(static_cast<double>(times.size()) * 1000 /
                           *std::max_element(times.begin(), times.end()));
    exchange.hang_up_all();
    exchange.go_on_for(between_rounds);
  }
  all.spans_ns = cpu_of(pids).spans - before_ns;
  return all;
}

FaxRun run_analog(const RealPrograms& real, const RecordedCall& call, unsigned lines) {
  const FaxrxProgram faxrx(real.folder / "as-analog", lines);
  std::vector<fs::path> sockets;
  for (unsigned n = 1; n <= lines; ++n)
    sockets.push_back(faxrx.lines() / std::to_string(n));
  return play_to(faxrx, sockets, call);
}

std::string blocks_text(const FaxRun& run) {
  const auto& times = run.answers.ms;
  const auto late = std::count_if(times.begin(), times.end(), [](float ms) { return ms > block_ms; });
  return fmt::format("{:.2f} ms (p99.9 {:.2f}, {} of {} blocks later than 20 ms; a probe {:.2f})",
                     latest_ms(run.answers), percentile(times, 0.999), late, times.size(),
                     latest_ms(run.probe));
}

void report_set_ups(const SetUps& set_ups, unsigned channels, Figures& figures) {
  figures.add(
      {fmt::format("call set-ups a second, {} SETUPs at once", channels),
       median(set_ups.a_second),
       "a second",
       {},
       fmt::format("from the first SETUP to the last CONNECT, median of {} rounds; {:.2f} ms of CPU of "
                   "the span processes a call",
                   rounds, set_ups.spans_ns / 1e6 / static_cast<double>(set_ups.connect_ms.size()))});
  figures.add({fmt::format("SETUP to CONNECT, {} at once, slowest", channels),
               *std::max_element(set_ups.connect_ms.begin(), set_ups.connect_ms.end()), "ms",
               longest_connect_ms,
               fmt::format("of {}; median {:.1f}", set_ups.connect_ms.size(), median(set_ups.connect_ms))});
}

void report_receiving(const FaxRun& isdn, const FaxRun& analog, unsigned channels, Figures& figures) {
  const std::string name = fmt::format("{} B channels receiving V.17 at once", channels);
  // A call that rings on an analog line has more blocks.
  const double analog_ns =
      analog.cpu.sum() * static_cast<double>(isdn.blocks) / static_cast<double>(analog.blocks);
  figures.add(
      {name + ", all processes", isdn.cpu.sum() / analog_ns, "× analog", most_times_analog,
       fmt::format("{:.1f} s of CPU (lines {:.1f}, pages {:.1f}, spans {:.3f}, others {:.1f}); as many "
                   "analog lines {:.1f} s (lines {:.1f}, pages {:.1f}, others {:.1f})",
                   isdn.cpu.sum() / 1e9, isdn.cpu.lines / 1e9, isdn.cpu.pages / 1e9, isdn.cpu.spans / 1e9,
                   isdn.cpu.others / 1e9, analog.cpu.sum() / 1e9, analog.cpu.lines / 1e9,
                   analog.cpu.pages / 1e9, analog.cpu.others / 1e9)});
  figures.add({name + ", latest block",
               latest_ms(isdn.answers),
               "ms",
               {},
               fmt::format("{}; analog {}", blocks_text(isdn), blocks_text(analog))});
}

}  // namespace

void measure_many_b_channels(const RealPrograms& real, unsigned spans, Figures& figures) {
  allow_many_files();
  const fs::path folder = real.folder / "mixed-isdn";
  fs::create_directory(folder);
  const RecordedCall call = record(
      {"mixed by V.17", faxcall::Modem::v17, false, faxcall::Coding::mr, real.pages / "mixed.tif"}, folder);
  const unsigned channels = spans * b_channels_of_e1;
  const std::vector<fs::path> folders = trunks(folder, spans);
  FaxRun isdn;
  {
    const FaxrxProgram faxrx(real.folder / "isdn", lines_of(folders));
    TrunkExchange exchange(folders);
    report_set_ups(set_up_calls(faxrx, exchange), channels, figures);
    exchange.call_all();
    const std::jthread exchange_goes_on = exchange.keep_going();
    isdn = play_to(faxrx, sockets_of(folders), call);
  }
  report_receiving(isdn, run_analog(real, call, channels), channels, figures);
}

}  // namespace bench
