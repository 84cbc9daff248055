// SPDX-License-Identifier: GPL-2.0-or-later
// Compares what a call has come to with what its story expects. Used by tell().
#pragma once

#include <string>
#include <vector>

#include "tests/calls/in_process.hpp"

namespace calls {

// A sentence for each expectation that did not come true, and for what no story may do: an MCF for a page that
// is not kept, bytes left unsent.
[[nodiscard]] std::vector<std::string> unmet(const Story& story, const ReceiverSide& called, const Ear& ear);

}  // namespace calls
