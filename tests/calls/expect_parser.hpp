// SPDX-License-Identifier: GPL-2.0-or-later
// The `expect` lines of a story. Part of parse_story(), which alone calls it.
#pragma once

#include "tests/calls/story.hpp"
#include "tests/calls/words.hpp"

namespace calls {

inline constexpr const char* expect_is_right =
    "expect outcome completed; expect pages 2; expect page 1 NAME upper-part=20 wrong-rows=3 good poor bad "
    "whole marked damaged repeats=1 no-repeat-of=1; expect said MCF 2, MCF 1+ or MCF 0; expect station, "
    "sub-address or vendor \"…\"";

// Throws base::Failure.
[[nodiscard]] Expected expected_from(const Story& story, Words& words);

}  // namespace calls
