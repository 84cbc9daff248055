// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a trace of strace(1) of a page process and of the caller it received a fax from, and says what was not in
// the order that makes an MCF true: the page's octets written, the file on the disk (fsync), its name changed, the
// folder on the disk, only then the verdict to the line process, and only after that the caller heard MCF. A pure
// function.
#pragma once

#include <string>
#include <vector>

namespace torture {

struct FsyncOrder {
  unsigned pages = 0;               // of which a verdict was told
  unsigned mcfs = 0;                // that the caller heard
  std::vector<std::string> faults;  // a sentence each
};

// `trace`: of strace -y, with a process id before each line.
FsyncOrder fsync_order(const std::string& trace, int page_process);

}  // namespace torture
