// SPDX-License-Identifier: GPL-2.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "src/base/errors.hpp"
#include "tests/bench/callees.hpp"
#include "tests/bench/cpu_time.hpp"
#include "tests/bench/in_process.hpp"

namespace bench {
namespace {

constexpr std::size_t most_callees = 4000;

// One of many, at its own place in the recorded call.
struct InTurn {
  InTurn(const std::filesystem::path& spool, std::size_t starts_at) : callee(spool), begins_at(starts_at) {
    callee.begin();
  }
  [[nodiscard]] bool hears(std::size_t now, const RecordedCall& call) const {
    return now >= begins_at && now - begins_at < call.caller.size() && !callee.over();
  }
  OurCallee callee;
  std::size_t begins_at;  // of all rounds
};

using Callees = std::vector<std::unique_ptr<InTurn>>;

Callees make(const RecordedCall& call, const std::filesystem::path& folder, unsigned count) {
  const std::size_t spread = std::min<std::size_t>(30 * blocks_per_s, call.caller.size() / 2);
  Callees callees;
  for (std::size_t n = 0; n < std::min<std::size_t>(count, most_callees); ++n)
    callees.push_back(std::make_unique<InTurn>(folder / fmt::format("in-turn-{}", n), spread * n / count));
  return callees;
}

// A block for each receiver, and then what the page processes would do, which is not counted.
double one_round(std::size_t now, const RecordedCall& call, Callees& callees) {
  const std::int64_t begin = thread_cpu_ns();
  for (const auto& one : callees) {
    hw::Block said;
    if (one->hears(now, call)) one->callee.block(call.caller[now - one->begins_at], said);
  }
  const std::int64_t end = thread_cpu_ns();
  for (const auto& one : callees)
    one->callee.work_as_page_process();
  return static_cast<double>(end - begin);
}

}  // namespace

double receivers_in_turn_ns(const RecordedCall& call, const std::filesystem::path& folder, unsigned count) {
  Callees callees = make(call, folder, count);
  double sum = 0;
  const std::size_t rounds = callees.back()->begins_at + call.caller.size();
  for (std::size_t now = 0; now < rounds; ++now)
    sum += one_round(now, call, callees);
  for (const auto& one : callees) {
    one->callee.end();
    if (one->callee.pages() != call.pages)
      throw base::Failure("a receiver of {} in turn got {} of {} pages", count, one->callee.pages(),
                          call.pages);
  }
  return sum;
}

}  // namespace bench
