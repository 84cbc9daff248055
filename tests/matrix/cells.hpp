// SPDX-License-Identifier: GPL-2.0-or-later
// What the line matrix tries: each cell a modem, ECM or not, and a line. Pure tables.
#pragma once

#include <string>
#include <vector>

#include "tests/matrix/call.hpp"

namespace matrix {

struct Cell {
  std::string table;  // "quiet line", "+7 Hz", ...: the cells of one table differ by level or by noise
  std::string row;    // "-30 dBm0", "24 dB SNR"
  CallPlan plan;
  bool required = true;  // ours has to complete every try
  bool in_part = false;  // belongs to the part that runs each time

  [[nodiscard]] std::string column() const;  // "V.17 ECM"
  [[nodiscard]] std::string name() const;    // "quiet line, -30 dBm0, V.17 ECM"
};

std::vector<Cell> all_cells();

}  // namespace matrix
