// SPDX-License-Identifier: GPL-2.0-or-later
// `dahdi-faxrx trace`: shows a call's trace to a person, or which calls there are. Reads SPOOL/trace only.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

namespace faxrx {

struct TraceWish {
  std::string id;     // the call's, or how it begins; empty: a list of the newest calls
  bool json = false;  // lines as they are in the file; for the list, a line a call
};

// `folder`: SPOOL/trace. Throws base::Failure: no such call, several, or a trace that cannot be read.
void show_traces(const std::filesystem::path& folder, const TraceWish& wish, std::FILE* to);

}  // namespace faxrx
