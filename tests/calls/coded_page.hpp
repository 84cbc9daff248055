// SPDX-License-Identifier: GPL-2.0-or-later
// A page as a calling machine codes it after T.4 and T.6, and as a bad one does: rows damaged, stretched or
// missing their end. Coded by libtiff. Any thread; nothing is kept.
#pragma once

#include <optional>
#include <vector>

#include "src/page/t4_page.hpp"
#include "tests/calls/v21_modulator.hpp"

namespace calls {

struct TestPage {
  std::uint32_t width_pels = 1728;
  std::uint32_t row_count = 0;
  std::vector<std::uint8_t> rows;  // as in src/page/rows.hpp
};

// What is done to a page that is sent without ECM.
struct Handling {
  bool rtc = true;
  unsigned garbage_before = 0, garbage_after = 0;  // octets, before the first EOL and after RTC
  std::optional<unsigned> bad_from, bad_to;        // these rows lose their second half
  std::optional<unsigned> long_row;                // this row is filled up (T.4, 4.1.3) ...
  std::size_t long_row_bits = 0;                   // ... to so many bits, its EOL among them
};

// MH and MR, row for row, with EOLs and RTC (T.4, 4).
[[nodiscard]] Bits code_page(const TestPage& page, page::Coding coding, const Handling& handling);
// Any coding, for ECM: what the FCD frames hold, with RTC or EOFB at its end.
[[nodiscard]] Octets code_octets(const TestPage& page, page::Coding coding);

}  // namespace calls
