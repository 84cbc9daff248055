// SPDX-License-Identifier: GPL-2.0-or-later
// Work shared out to processes: each job is a number, what comes of it a short text. A job that kills its process
// (spandsp's engine can be crashed) costs that job alone. Used by the line matrix, from one thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace matrix {

// Runs work(0) ... work(count - 1) in `processes` processes at a time. Returns the texts, cut to 119 bytes, in order.
// Throws std::system_error when there is no memory or no process to be had.
std::vector<std::string> run_jobs(unsigned count, unsigned processes,
                                  const std::function<std::string(unsigned)>& work);

}  // namespace matrix
