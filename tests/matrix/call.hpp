// SPDX-License-Identifier: GPL-2.0-or-later
// One call of the line matrix, in process and as fast as the machine can: spandsp's engine as the caller, a line
// with its faults, the machine under test. The line is the software exchange's (hw/exchange/conditions.hpp) with
// a carrier offset before it; the level is the caller's alone, since what is tested is how a machine hears.
#pragma once

#include <cstdint>
#include <string>

#include "src/faxcall/fax_caller.hpp"
#include "tests/matrix/machine.hpp"

namespace matrix {

struct LineFaults {
  double level_dbm0 = -14;  // at which the machine hears the caller
  double noise_dbm0 = -70;  // white, over 0 to 4000 Hz
  double skew_ppm = 0;      // the caller's clock is so much faster
  double offset_hz = 0;     // all that the caller says is so much higher
  double echo_ms = 0;       // the machine hears itself, so much later, 14 dB weaker; 0 = not
};

struct CallPlan {
  faxcall::Modem modem = faxcall::Modem::v17;
  bool ecm = true;
  LineFaults line;
  std::uint32_t seed = 1;  // of the noise; and the line's delay differs with it
};

// "" when it is completed: every page answered MCF, and its pixels equal (without ECM: at most 1 % of its rows
// wrong). Else a half sentence that says what was not so.
std::string shortcoming(const CallPlan& plan, const TestFax& fax, Machine& machine);

}  // namespace matrix
