// SPDX-License-Identifier: GPL-2.0-or-later
// What only the real dahdi-faxrx can show: its processes' memory and system calls, its disk, hundreds of lines
// at once.
#pragma once

#include <filesystem>

#include "tests/bench/figures.hpp"
#include "tests/bench/in_process.hpp"

namespace bench {

struct RealPrograms {
  std::filesystem::path pages;   // sample.tif, ten.tif
  std::filesystem::path folder;  // for spools
  unsigned lines;                // at once
  unsigned stored_pages;         // for the time from page end to MCF
};

// Memory of a pair and what an idle one costs; its system calls in a call. Each throws base::Failure when a
// call does not go through.
void measure_one_line(const RealPrograms& real, Figures& figures);
void measure_storing(const RealPrograms& real, Figures& figures);
void measure_many_lines(const RealPrograms& real, Figures& figures);

}  // namespace bench
