// SPDX-License-Identifier: GPL-2.0-or-later
// A line of the software exchange: the line's end of dahdi-faxrx-exchange(5). Owned by one line process,
// which opens it before it locks itself down and alone calls it.
//
// The line's time is the caller's blocks: without a call, and while the caller sends nothing, it stands
// still. A write beyond one for each block read is dropped, as the caller is promised one answer a block.
//
// system calls: after open, a line makes these and no others: accept4, recvfrom, sendto, poll (without
// waiting), shutdown and close; and clock_gettime where the kernel does not serve it without a call. None waits. Sleeping on fd(), which
// changes with each call, is the owner's.
#pragma once

#include <memory>
#include <string>

#include "hw/line.hpp"
#include "hw/line_options.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {

// `address` is the socket's name, "FOLDER/3". Throws base::Failure: in use, no such folder, name too long.
std::unique_ptr<Line> open_exchange_line(const std::string& address, const LineOptions& options = {},
                                         base::UniqueFd link = {});

}  // namespace hw
