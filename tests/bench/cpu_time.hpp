// SPDX-License-Identifier: GPL-2.0-or-later
// CPU time: of this thread for what is called in process, of other processes for the real programs. For the
// benchmarks, in one thread each.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

namespace bench {

inline std::int64_t clock_ns(clockid_t clock) noexcept {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}
inline std::int64_t thread_cpu_ns() noexcept {
  return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}
inline std::int64_t monotonic_ns() noexcept {
  return clock_ns(CLOCK_MONOTONIC);
}

// What one thread_cpu_ns() adds between two others: a system call of its own, to be taken off what is measured
// a block at a time. The median of many.
inline std::int64_t cost_of_the_clock_ns() {
  std::vector<std::int64_t> costs(20'001);
  for (std::int64_t& cost : costs) {
    const std::int64_t before = thread_cpu_ns();
    cost = thread_cpu_ns() - before;
  }
  std::nth_element(costs.begin(), costs.begin() + 10'000, costs.end());
  return costs[10'000];
}

// CPU that a process has used since it began, in ns: the first number of its schedstat (proc(5) has only
// utime and stime, in hundredths of a second). 0 when it is gone.
inline std::int64_t process_cpu_ns(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
  std::int64_t ns = 0;
  file >> ns;
  return ns;
}

template <typename Number>
Number median(std::vector<Number> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The smallest value that `share` of all do not exceed.
template <typename Number>
Number percentile(std::vector<Number> values, double share) {
  if (values.empty()) return {};
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::min(rank, values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace bench
