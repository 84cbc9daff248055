// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue_report.hpp"

#include <algorithm>

#include "src/base/log.hpp"
#include "src/faxmail/compose.hpp"

namespace faxmail {
namespace {

using base::log::Level;

std::string list_of(const Job& job, RecipientState state, bool with_words) {
  std::string list;
  for (const Recipient& one : job.recipients) {
    if (one.state != state) continue;
    if (!list.empty()) list += ", ";
    list += with_words ? fmt::format("{} ({})", one.address, one.words) : one.address;
  }
  return list;
}

std::string or_unknown(const std::string& text) {
  return text.empty() ? "unknown" : text;
}

std::string kind_in_words(const Job& job) {
  if (job.kind == Kind::part) return job.part + " of fax";
  return job.kind == Kind::fax ? "fax" : "notice about fax";
}

std::string name_of(const Job& job, const handoff::FaxRecord& fax) {
  if (!std::filesystem::exists(job.folder / record_file))
    return fmt::format("mail {}, \"{}\"", job.id.text(), job.subject);
  return fmt::format("{} {} from {} to {}, {} page{}", kind_in_words(job), fax.id.text(),
                     or_unknown(fax.caller_number.empty() ? fax.station_id : fax.caller_number),
                     or_unknown(fax.called), fax.pages.size(), fax.pages.size() == 1 ? "" : "s");
}

// The record was good when the fax came; that it can no longer be read must not keep a delivered fax in the
// queue.
handoff::FaxRecord record_or_nothing(const Job& job) {
  try {
    return record_of(job);
  } catch (const std::exception&) {
    handoff::FaxRecord nothing;
    nothing.id = job.id;
    return nothing;
  }
}

base::log::Fields fields_of(const Job& job, const handoff::FaxRecord& fax) {
  return {{"ID", fax.id.text()},
          {"CALLER", fax.caller_number},
          {"CALLED", fax.called},
          {"PAGES", std::to_string(fax.pages.size())},
          {"MAILED_TO", list_of(job, RecipientState::delivered, false)}};
}

void report_waiting(const Job& job, const Recipient& recipient) {
  const std::int64_t wait_s = std::max<std::int64_t>(recipient.next_try_unix_s - now_unix_ms() / 1000, 0);
  base::log::warning("fax {} is not yet mailed to {}, next try in {} s: {}", job.id.text(), recipient.address,
                     wait_s, recipient.words);
}

}  // namespace

void report_attempt(const Job& job, const DeliveryResult& result) {
  for (const RecipientAnswer& answer : result.recipients) {
    const auto one =
        std::find_if(job.recipients.begin(), job.recipients.end(),
                     [&](const Recipient& recipient) { return recipient.address == answer.address; });
    if (one == job.recipients.end() || one->state == RecipientState::delivered) continue;
    if (one->state == RecipientState::waiting && result.configuration_error)
      base::log::debug("fax {} waits: {}", job.id.text(), one->words);  // MailServers has said it, once
    else if (one->state == RecipientState::waiting)
      report_waiting(job, *one);
    else
      base::log::error("fax {} was not mailed to {}: {}", job.id.text(), one->address, one->words);
  }
}

void report_undeliverable(const Job& job) {
  base::log::error(
      "fax {} is kept in {} and tried again in a day or at the next start: nobody takes it, not even the "
      "operator: {}. "
      "See operator in [mail] of dahdi-faxmail.conf, then: dahdi-faxmail retry {}",
      job.id.text(), job.folder.string(), list_of(job, RecipientState::refused, true), job.id.text());
}

void report_too_big(const Job& job) {
  base::log::error(
      "fax {} is too big for the mail and is kept in {}; its recipients and the operator are told. When they "
      "have it: dahdi-faxmail drop {}",
      job.id.text(), job.folder.string(), job.id.text());
}

void report_done(const Job& job) {
  const handoff::FaxRecord fax = record_or_nothing(job);
  const std::string mailed = list_of(job, RecipientState::delivered, false);
  const std::string handed = list_of(job, RecipientState::handed, true);
  const double seconds = static_cast<double>(now_unix_ms() - job.accepted_unix_ms) / 1000.0;
  std::string line = name_of(job, fax) + (mailed.empty() ? ", mailed to nobody" : ", mailed to " + mailed);
  line += fmt::format(" in {:.1f} s", seconds);
  if (job.has(RecipientState::in_parts))
    line += "; in parts, which follow: " + list_of(job, RecipientState::in_parts, false);
  if (!handed.empty()) line += "; refused and handed to the operator: " + handed;
  base::log::write(Level::info, line, fields_of(job, fax));
}

}  // namespace faxmail
