// SPDX-License-Identifier: GPL-2.0-or-later
// The mails of a job: the one that carries a fax to its recipients, and the one that tells the operator who
// did not get it. Each is written once, durably, into the job's folder. Called by the Queue.
#pragma once

#include "src/faxmail/job.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/settings.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {

handoff::FaxRecord record_of(const Job& job);

// message.eml of a fax; fills in the job's sender, subject and recipients. Saves nothing of the job itself.
void write_fax_mail(Job& job, const Settings& settings);
// message.eml about `about`'s refused recipients, with its fax, in the folder of the new job `notice`, whose
// files of the fax are there already; fills in sender, subject and recipient.
void write_notice_mail(const Job& about, Job& notice, const Settings& settings);

// message.eml of a job, with a Message-ID of the job's own.
void write_durably(const Job& job, MessageRequest& request);

}  // namespace faxmail
