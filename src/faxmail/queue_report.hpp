// SPDX-License-Identifier: GPL-2.0-or-later
// What the queue tells the operator in the log. Called by the Queue alone.
#pragma once

#include "src/faxmail/delivery.hpp"
#include "src/faxmail/job.hpp"

namespace faxmail {

void report_attempt(const Job& job, const DeliveryResult& result);  // who did not get it this time
void report_undeliverable(const Job& job);
void report_too_big(const Job& job);
void report_done(const Job& job);  // the one line that says everything

}  // namespace faxmail
