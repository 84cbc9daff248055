// SPDX-License-Identifier: GPL-2.0-or-later
// A call by spandsp's engine to a line of the exchange in lock step, as dahdi-faxcall makes it, with a look at
// every block. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "src/faxcall/fax_caller.hpp"

namespace bench {

// Calls the first free line in `lines`. `block` is told for each 20 ms how long the line took to answer.
// Returns how many pages were confirmed; throws base::Failure when nobody serves there.
int call_in_lock_step(const std::filesystem::path& lines, const faxcall::FaxSettings& fax,
                      const faxcall::FaxCaller::Listener& listener,
                      const std::function<void(std::int64_t answer_ns)>& block);

}  // namespace bench
