// SPDX-License-Identifier: GPL-2.0-or-later
// A part of the torture: so many calls, some side by side, over a station of their own, and the audit at its end.
// Used by main.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/torture/audit.hpp"

namespace torture {

struct PartSettings {
  std::string name;
  std::uint32_t first_call, calls;
  std::uint32_t seed;
  unsigned side_by_side;
  bool with_kills;
  StationSettings station;
};

struct PartResult {
  std::vector<Outcome> calls;
  Audit audit;
  unsigned starts = 0;  // of dahdi-faxrx
};

PartResult run_part(const PartSettings& settings, const Trouble& trouble);

}  // namespace torture
