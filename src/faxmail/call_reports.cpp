// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/call_reports.hpp"

#include <algorithm>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/fax_words.hpp"
#include "src/faxmail/message.hpp"

namespace faxmail {
namespace {

std::string known(const std::string& text) {
  return text.empty() ? std::string("unknown") : base::printable(text);
}

std::string call_in_a_line(const handoff::FaxRecord& call) {
  return fmt::format("from {} to {} on line {}: {} (call {})",
                     known(call.caller_number.empty() ? call.station_id : call.caller_number),
                     known(call.called), known(call.line), known(call.sentence), call.id.text());
}

std::string call_facts(const handoff::FaxRecord& call) {
  std::string text;
  for (const FaxWords::Fact& fact : words_about(call).facts)
    if (fact.name != "Quality") text += fmt::format("{:<10}{}\n", fact.name + ":", fact.sentence);
  return text;
}

bool is_recipient(const Job& job, const std::string& address) {
  return std::any_of(job.recipients.begin(), job.recipients.end(),
                     [&](const Recipient& one) { return one.address == address; });
}

void report_call(const handoff::FaxRecord& call, const Settings& settings, OperatorMail& to) {
  const bool failed = settings.report_calls == "failed" && was_a_fax_machine(call);
  if (!failed && settings.report_calls != "all") return;
  to.report(causes::failed_call, {call.id.text(), call_in_a_line(call), call_facts(call), {}});
}

void report_disk(const handoff::DiskReport& disk, OperatorMail& to) {
  to.condition(
      causes::disk_of_receiver, disk.full,
      fmt::format("{} MB are free in {}, {} MB are needed; calls are {}", disk.free_mb,
                  base::printable(disk.folder, 256), disk.least_free_mb,
                  disk.calls_answered ? "answered, but their pages may be refused" : "not answered"));
}

void report_no_pdf(const Job& job, const handoff::FaxRecord& fax, OperatorMail& to) {
  const std::string name = file_name_of(fax);
  Incident incident{fax.id.text(), call_in_a_line(fax), {}, {}};
  incident.line += fmt::format(", in the archive as {}: {}", name, base::printable(job.trouble, 400));
  incident.attachments.push_back({job.folder / tiff_file, name + ".tif", "image/tiff"});
  incident.details = fax_as_text(fax, incident.attachments.front().name);
  to.report(causes::no_pdf, incident);
}

}  // namespace

bool was_a_fax_machine(const handoff::FaxRecord& call) {
  const bool spoke = !call.modem.empty() || !call.station_id.empty();
  return spoke || (call.outcome != "no_fax" && call.outcome != "caller_hung_up");
}

void report_fax(const Job& job, const Settings& settings, OperatorMail& to) {
  const handoff::FaxRecord fax = record_of(job);
  if (is_recipient(job, settings.operator_address)) return;
  if (!job.has_pdf) report_no_pdf(job, fax, to);
  if (fax.complete || settings.report_calls == "none") return;
  const std::string name = file_name_of(fax);
  Incident incident{fax.id.text(), call_in_a_line(fax), {}, {}};
  incident.line += fmt::format(", {} page{}, in the archive as {}", fax.pages.size(),
                               fax.pages.size() == 1 ? "" : "s", name);
  if (job.has_pdf)
    incident.attachments.push_back({job.folder / pdf_file, name + ".pdf", "application/pdf"});
  else
    incident.attachments.push_back({job.folder / tiff_file, name + ".tif", "image/tiff"});
  incident.details = fax_as_text(fax, incident.attachments.front().name);
  to.report(causes::cut_fax, incident);
}

void report_news(const handoff::Report& report, const Settings& settings, OperatorMail& to) {
  if (const auto* call = std::get_if<handoff::CallReport>(&report))
    report_call(call->call, settings, to);
  else
    report_disk(std::get<handoff::DiskReport>(report), to);
}

}  // namespace faxmail
