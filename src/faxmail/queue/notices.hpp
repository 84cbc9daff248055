// SPDX-License-Identifier: GPL-2.0-or-later
// Mails about mails, beside the notice of refusals (compose.hpp): that a fax is too big for
// the mail, and the parts of one that was split. Each is written once, durably, into the folder of the new mail, whose
// files of the fax are there already; its sender, subject and recipients are filled in. Called by the Queue.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/faxmail/job.hpp"
#include "src/faxmail/settings.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {

// What is known of a fax, a fact a line, for a mail that does not carry it.
std::string facts_as_text(const handoff::FaxRecord& fax);

// A mail with some pages of `whole`; the part's pages and name ("part 2 of 3") are set already.
void write_part_mail(const Job& whole, Job& part);

// Where a fax is that fits no mail.
struct Kept {
  std::vector<std::filesystem::path> files;  // in the archive
  std::string why;                           // a sentence without its full stop
};
void write_pointer_mail(const Job& about, Job& pointer, const Kept& kept, const std::string& besides);
void write_too_big_notice(const Job& about, Job& notice, const Kept& kept, const Settings& settings);

}  // namespace faxmail
