// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/part.hpp"

#include <atomic>
#include <mutex>
#include <thread>

namespace torture {
namespace {

constexpr auto look_after_station_every = std::chrono::milliseconds(5);

// The calls, shared out to threads. They make no processes but their callers', which end before their threads do.
class Calls {
 public:
  Calls(const PartSettings& settings, const Station& station, const Trouble& trouble)
      : settings_(settings), station_(station), trouble_(trouble), running_(settings.side_by_side) {}

  void take_all() {
    for (std::uint32_t n = next_++; n < settings_.calls; n = next_++)
      keep(torture_call(make_plan(settings_.seed, settings_.first_call + n, settings_.with_kills), station_,
                        trouble_));
    --running_;
  }
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
  std::atomic<unsigned> running_;
  std::mutex mutex_;
};

}  // namespace

PartResult run_part(const PartSettings& settings, const Trouble& trouble) {
  Station station(settings.station);
  Calls calls(settings, station, trouble);
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < settings.side_by_side; ++i)
      threads.emplace_back([&calls] { calls.take_all(); });
    while (!calls.over()) {
      station.keep_up();
      std::this_thread::sleep_for(look_after_station_every);
    }
  }
  station.finish();
  Audit audited = audit(station.spool(), calls.outcomes);
  return {std::move(calls.outcomes), std::move(audited), station.starts()};
}

}  // namespace torture
