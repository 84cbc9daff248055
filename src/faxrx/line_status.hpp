// SPDX-License-Identifier: GPL-2.0-or-later
// What a line is doing at this moment: shown by its process on the status board of its ring, read by the supervisor
// for `dahdi-faxrx status`. The reader does not trust it: the writer listens to strangers.
#pragma once

#include <cstdint>

#include "src/base/short_text.hpp"
#include "src/faxrx/line_states.hpp"
#include "src/modem/fast_receiver.hpp"

namespace faxrx {

struct LineStatus {
  LineState state = LineState::ready;
  std::uint8_t accepting = 0;  // 1: a call would be answered
  std::uint8_t blocked = 0;    // 1: by the operator
  std::uint8_t trouble = 0;    // 1: unplugged, or its span is down
  std::uint8_t ecm = 0;
  modem::FastModem modem = modem::FastModem::none;
  std::uint16_t rate_bps = 0;  // 0: nothing agreed on yet
  std::uint16_t pages = 0;     // ended in this call
  std::uint16_t rings = 0;
  std::uint64_t call_samples = 0;  // of the line's time, since the first ring
  std::uint64_t calls = 0;         // since the process began
  base::ShortText<32> called, caller_number;
  base::ShortText<64> caller_name;
  base::ShortText<20> station_id;  // TSI
};

}  // namespace faxrx
