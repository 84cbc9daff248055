// SPDX-License-Identifier: GPL-2.0-or-later
// A country's busy, congestion and dial tone, as libtonezone defines them for the driver. Needs no driver and no card.
// Called by a line while it opens; nobody else knows libtonezone.
#pragma once

#include <string>
#include <vector>

#include "src/modem/call_progress.hpp"

namespace hw {

// `country` is libtonezone's name of it, "us", "uk", "us-old". Busy first, then congestion, then dial tone. Tones that
// are said only once before the cadence are left out, the modulation of a tone and its softer steps too: whoever
// listens needs none of them. Throws base::Failure: with the list of countries when there is no such one.
std::vector<modem::ToneCadence> country_tones(const std::string& country);

}  // namespace hw
