// SPDX-License-Identifier: GPL-2.0-or-later
// One call of the torture: it is dialled until somebody answers, struck as planned, and what the caller holds at
// its end is kept. A call has its own thread; the station is shared.
#pragma once

#include <functional>
#include <set>

#include "tests/torture/caller.hpp"
#include "tests/torture/plan.hpp"
#include "tests/torture/station.hpp"

namespace torture {

struct Outcome {
  Plan plan;
  bool answered = false;
  bool struck = false;
  bool in_the_window =
      false;  // its own line or page process was killed between a page's last row and its MCF
  std::set<std::uint16_t> confirmed;  // pages for which the caller holds MCF or RTP
  std::string story;                  // the caller's sentence
};

// Puts the station's disk out of order, and back.
using Trouble = std::function<void(bool)>;

Outcome torture_call(const Plan& plan, const Station& station, const Trouble& trouble);

}  // namespace torture
