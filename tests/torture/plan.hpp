// SPDX-License-Identifier: GPL-2.0-or-later
// What one call of the torture will be, all of it from the run's seed and the call's number. Pure values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/torture/numbered_page.hpp"

namespace torture {

enum class When {
  never,
  any_moment,      // after the answer
  after_command,   // a page's last row and its command are out; `wait` later
  at_system_call,  // ... or as the page process enters its n-th system call from then on
  after_response,  // a page was answered; `wait` later
};
enum class Victim {
  page,
  line,
  pair,  // both halves
  spool,
  supervisor,
  everything,
  disk,    // is full, or cannot be written to, for `wait_after`
  caller,  // hangs up; without harm to anybody else
};
const char* name_of(Victim victim) noexcept;

struct Plan {
  std::uint32_t call;
  std::uint16_t pages;
  bool dense;  // its first page
  bool ecm;
  const char* modem;
  double pace;
  When when;
  Victim victim;
  unsigned at_page;      // the command or the response of that page, from 1
  unsigned system_call;  // from 1
  std::chrono::microseconds wait, wait_after;

  [[nodiscard]] std::vector<Rows> rows() const;
  [[nodiscard]] std::string number() const;  // from which it calls
};

// `with_kills` false: the disk is the only victim.
Plan make_plan(std::uint32_t seed, std::uint32_t call, bool with_kills);

}  // namespace torture
