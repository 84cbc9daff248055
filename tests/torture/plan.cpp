// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/plan.hpp"

#include <array>
#include <random>

namespace torture {
namespace {

using Random = std::mt19937;

unsigned up_to(Random& random, unsigned most) {
  return std::uniform_int_distribution<unsigned>(0, most)(random);
}

// One of them, as often as its weight has it.
template <typename T, std::size_t n>
T one_of(Random& random, const std::array<std::pair<T, unsigned>, n>& weighted) {
  unsigned sum = 0;
  for (const auto& entry : weighted)
    sum += entry.second;
  unsigned pick = up_to(random, sum - 1);
  for (const auto& [what, weight] : weighted) {
    if (pick < weight) return what;
    pick -= weight;
  }
  return weighted.back().first;
}

constexpr std::array<std::pair<When, unsigned>, 5> whens{{{When::never, 8},
                                                          {When::any_moment, 22},
                                                          {When::after_command, 28},
                                                          {When::at_system_call, 28},
                                                          {When::after_response, 14}}};
constexpr std::array<std::pair<Victim, unsigned>, 7> victims{{{Victim::page, 44},
                                                              {Victim::line, 22},
                                                              {Victim::pair, 8},
                                                              {Victim::spool, 5},
                                                              {Victim::supervisor, 6},
                                                              {Victim::everything, 8},
                                                              {Victim::caller, 7}}};
constexpr std::array<std::pair<const char*, unsigned>, 3> modems{{{"v17", 6}, {"v29", 2}, {"v27ter", 1}}};

// What of the line's time the choice is made from, in seconds: a command takes 1.3 s on the line, and so does its
// answer; the call before its first page 14 s, and about 10 s a page.
std::chrono::microseconds at_pace(double line_seconds, double pace) {
  return std::chrono::microseconds(static_cast<long>(line_seconds / pace * 1e6));
}
double longest_wait_s(const Plan& plan) {
  return plan.when == When::any_moment ? 16 + 10 * plan.pages : 3;
}

}  // namespace

const char* name_of(Victim victim) noexcept {
  constexpr std::array names{"page", "line", "pair", "spool", "supervisor", "everything", "disk", "caller"};
  return names.at(static_cast<std::size_t>(victim));
}

Plan make_plan(std::uint32_t seed, std::uint32_t call, bool with_kills) {
  Random random(seed * 1'000'003U + call);
  Plan plan{};
  plan.call = call;
  plan.pages =
      static_cast<std::uint16_t>(1 + up_to(random, 2));  // two of three calls have a next page to lose
  plan.dense = up_to(random, 15) == 0;
  plan.ecm = up_to(random, 9) < 7;
  plan.modem = one_of(random, modems);
  plan.pace = 100 + up_to(random, 300);
  plan.when = one_of(random, whens);
  plan.victim = with_kills ? one_of(random, victims) : Victim::disk;
  plan.at_page = 1 + up_to(random, plan.pages - 1U);
  plan.system_call = 1 + up_to(random, 59);
  plan.wait = at_pace(longest_wait_s(plan) * up_to(random, 1000) / 1000, plan.pace);
  plan.wait_after = std::chrono::milliseconds(10 + up_to(random, 150));
  return plan;
}

std::vector<Rows> Plan::rows() const {
  std::vector<Rows> all;
  for (std::uint16_t page = 1; page <= pages; ++page)
    all.push_back(numbered_page({call, page}, dense && page == 1));
  return all;
}

std::string Plan::number() const {
  return std::to_string(1'000'000 + call);
}

}  // namespace torture
