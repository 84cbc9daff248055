// SPDX-License-Identifier: GPL-2.0-or-later
// Which calls and which news of the receiver the operator hears of, and in which words. Called by the Service.
#pragma once

#include "src/faxmail/job.hpp"
#include "src/faxmail/operator_mail.hpp"
#include "src/handoff/report.hpp"

namespace faxmail {

// A fax whose mail is written: when it was cut off, or no PDF could be made of it, the operator is told, with what
// arrived, unless he has it.
void report_fax(const Job& job, const Settings& settings, OperatorMail& to);
// What dahdi-faxrx reported.
void report_news(const handoff::Report& report, const Settings& settings, OperatorMail& to);

// Whether a call without a page is a fax that failed, rather than somebody who speaks, or nobody.
[[nodiscard]] bool was_a_fax_machine(const handoff::FaxRecord& call);

}  // namespace faxmail
