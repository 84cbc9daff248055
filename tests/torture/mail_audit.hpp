// SPDX-License-Identifier: GPL-2.0-or-later
// Holds what was handed over against what is in the mailbox: each fax is there, as it was handed over. Those that are
// there more than once are the same mail, octet for octet, and fell into the one window that SMTP leaves: the server had
// the mail, and whoever was to write that down was struck before it was on the disk.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/torture/giver.hpp"
#include "tests/torture/mail_strikes.hpp"

namespace torture {

struct MailAudit {
  unsigned faxes = 0, mails = 0, without_pdf = 0, doubled = 0, to_operator = 0;
  std::map<std::string, unsigned> windows;  // second copies, by who was struck
  std::vector<std::string> violations;
};

MailAudit audit_mails(const std::vector<GivenFax>& faxes, const std::filesystem::path& mailbox,
                      const std::vector<Strike>& strikes);

}  // namespace torture
