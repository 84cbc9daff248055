// SPDX-License-Identifier: GPL-2.0-or-later
// The receiver beside spandsp's fax_rx, in this process, over the same recorded blocks.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/figures.hpp"
#include "tests/bench/recorded_call.hpp"

namespace bench {

inline constexpr unsigned replays = 7;

struct ReceiverCost {
  double receiver_ns = 0;  // CPU of the whole recorded call, median of the replays
  double page_ns = 0;      // ... of the page process's work for it
};

// `folder` is where both engines store. Throws base::Failure when a replay does not receive every page.
ReceiverCost measure_receiver(const RecordedCall& call, const std::filesystem::path& folder,
                              Figures& figures);

// CPU of `count` receivers, each with its own memory, that get a block of the call each in turn: what so many cost
// when each finds the processor's caches full of the others. They begin up to 30 s apart.
double receivers_in_turn_ns(const RecordedCall& call, const std::filesystem::path& folder, unsigned count);

// How often malloc and its family are called in that call.
void count_allocations(const RecordedCall& call, const std::filesystem::path& folder, Figures& figures);

// The line process's loop with nobody calling.
void measure_waiting(Figures& figures);

}  // namespace bench
