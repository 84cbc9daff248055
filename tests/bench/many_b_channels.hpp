// SPDX-License-Identifier: GPL-2.0-or-later
// Several E1 at once: call set-ups a second, and what receiving on every B channel costs beside as many analog lines.
#pragma once

#include "tests/bench/figures.hpp"
#include "tests/bench/real_programs.hpp"

namespace bench {

inline constexpr unsigned b_channels_of_e1 = 30;

// Throws base::Failure when a call does not go through.
void measure_many_b_channels(const RealPrograms& real, unsigned spans, Figures& figures);

}  // namespace bench
