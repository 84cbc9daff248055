// SPDX-License-Identifier: GPL-2.0-or-later
// Holds what the callers were told against what is there: every page with an MCF is in its own call's document,
// once, with every pel. Reads ready/ of a spool that nobody uses any more.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/torture/tortured_call.hpp"

namespace torture {

struct Audit {
  unsigned documents = 0, pages = 0;    // that are there
  unsigned confirmed = 0;               // that callers hold an MCF for
  std::vector<std::string> violations;  // a sentence each
};

Audit audit(const std::filesystem::path& spool, const std::vector<Outcome>& calls);

}  // namespace torture
