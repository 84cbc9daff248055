// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/part.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <utility>

namespace torture {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto look_after_station_every = std::chrono::milliseconds(5);
// A call is dialled for two minutes, and takes seconds: when none has ended for so long, none will.
constexpr auto longest_standstill = std::chrono::seconds(200);

// The calls, shared out to threads. They make no processes but their callers', which end before their threads do.
class Calls {
 public:
  Calls(const PartSettings& settings, const Station& station, const Trouble& trouble)
      : settings_(settings), station_(station), trouble_(trouble), running_(settings.side_by_side) {}

  void take_all() {
    for (std::uint32_t n = next_++; n < settings_.calls; n = next_++) {
      keep(torture_call(make_plan(settings_.seed, settings_.first_call + n, settings_.with_kills), station_,
                        trouble_));
      ++ended_;
    }
    --running_;
  }
  [[nodiscard]] unsigned ended() const noexcept { return ended_; }
  void begin_no_more() noexcept { next_ = settings_.calls; }
  [[nodiscard]] bool over() const noexcept { return running_ == 0; }
  std::vector<Outcome> outcomes;

 private:
  void keep(Outcome outcome) {
    const std::lock_guard lock(mutex_);
    outcomes.push_back(std::move(outcome));
  }

  const PartSettings& settings_;
  const Station& station_;
  const Trouble& trouble_;
  std::atomic<std::uint32_t> next_{0};
  std::atomic<unsigned> running_, ended_{0};
  std::mutex mutex_;
};

// Not by an exception: the threads that wait would be waited for.
void end_at_a_standstill(const Station& station) {
  fmt::print("no call has ended for {} s; the processes and dahdi-faxrx's last words:\n",
             longest_standstill.count());
  std::fflush(stdout);
  static_cast<void>(
      std::system("ps -eo pid,ppid,etimes,stat,wchan:24,args --forest | grep -E 'torture|fax'"));
  const std::string log = station.log();
  fmt::print("{}\n", log.substr(log.size() - std::min<std::size_t>(log.size(), 8000)));
  std::fflush(stdout);
  std::_Exit(1);
}

// Until all calls are over.
void look_after(Station& station, const Calls& calls) {
  unsigned ended = 0;
  for (auto since = Clock::now(); !calls.over();) {
    station.keep_up();
    if (calls.ended() != std::exchange(ended, calls.ended())) since = Clock::now();
    if (Clock::now() - since > longest_standstill) end_at_a_standstill(station);
    std::this_thread::sleep_for(look_after_station_every);
  }
}

}  // namespace

PartResult run_part(const PartSettings& settings, const Trouble& trouble) {
  Station station(settings.station);
  Calls calls(settings, station, trouble);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < settings.side_by_side; ++i)
      threads.emplace_back([&calls] { calls.take_all(); });
    try {
      look_after(station, calls);
    } catch (...) {
      calls.begin_no_more();  // without a station each would be dialled until its time is over
      throw;
    }
  }
  station.finish();
  Audit audited = audit(station.spool(), calls.outcomes);
  return {std::move(calls.outcomes), std::move(audited), station.starts()};
}

}  // namespace torture
