// SPDX-License-Identifier: GPL-2.0-or-later
// A recorded call, played once: mono is what the caller sent; in stereo left is the caller and right what was
// answered then, which is compared with what we answer now. The recording begins at the answer. Owned by one
// line process, which opens it (the file is read whole) before it locks itself down and alone calls it.
//
// It rings until it is answered, at most ten times, in blocks of silence; when the recording ends, or we hang
// up, no other call comes.
//
// system calls: after open, a line makes read and write on its eventfd. Neither waits.
#pragma once

#include <memory>
#include <string>

#include "hw/line.hpp"
#include "hw/line_options.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {

// `address` is the file's name. Throws base::Failure: no such file, not a recording, wrong rate or channels,
// too long.
std::unique_ptr<Line> open_wav_line(const std::string& address, const LineOptions& options = {},
                                    base::UniqueFd link = {});

}  // namespace hw
