// SPDX-License-Identifier: GPL-2.0-or-later
// The record of a fax as JSON. What is taken must come back the same from what we would write ourselves.
#include <cstdlib>

#include "src/handoff/fax_record.hpp"
#include "tests/fuzz/fuzz.hpp"

void try_bytes(std::span<const std::uint8_t> bytes) {
  const std::string once = to_json(handoff::from_json(as_text(bytes)));
  if (to_json(handoff::from_json(once)) != once) std::abort();
}
