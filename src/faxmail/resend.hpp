// SPDX-License-Identifier: GPL-2.0-or-later
// An archived fax mailed again: found by its id, an abbreviation of it, or its file's name, and put into the queue
// as a new mail with a Message-ID of its own. Called by the Service, who owns the spool.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/faxmail/archive_record.hpp"
#include "src/faxmail/spool.hpp"

namespace faxmail {

inline constexpr std::size_t most_resend_recipients = 100;

struct ArchivedFax {
  std::filesystem::path folder;
  ArchiveRecord record;
};

// `name`: 32 hexadecimal digits, at least four of them, or a file's name with or without its folder and ending.
// Throws base::Failure with a sentence when there is none, or more than one.
[[nodiscard]] ArchivedFax find_archived(const std::filesystem::path& archive, const std::string& name);

// A mail in the queue, durably, to those people alone. Returns its id. Throws base::Failure when an address
// cannot be, or the fax's files are no longer there; std::system_error.
base::CallId resend(Spool& spool, const ArchivedFax& fax, const std::vector<std::string>& to);

}  // namespace faxmail
