// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxmail-paper gives up before it looks at anything that a caller sent.
#pragma once

#include <filesystem>

namespace faxmail {

// All files but the job's folder and what Ghostscript reads, the network, other programs. For this process, for good.
void give_up_all_but_paper(const std::filesystem::path& folder);

}  // namespace faxmail
