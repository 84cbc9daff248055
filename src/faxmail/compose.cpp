// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/compose.hpp"

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/queue/notices.hpp"
#include "src/faxmail/route.hpp"

namespace faxmail {
namespace {

void add_once(std::vector<Recipient>& recipients, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    const auto same = [&](const Recipient& one) { return one.address == address; };
    if (std::none_of(recipients.begin(), recipients.end(), same))
      recipients.push_back({address, RecipientState::waiting, {}, 0, 0});
  }
}

void attach_fax(MessageRequest& request, const Job& job, const std::string& name, bool tiff_too) {
  if (job.has_pdf) request.attachments.push_back({job.folder / pdf_file, name + ".pdf", "application/pdf"});
  if (!job.has_pdf || tiff_too)
    request.attachments.push_back({job.folder / tiff_file, name + ".tif", "image/tiff"});
  if (std::filesystem::exists(job.folder / preview_file)) request.preview = job.folder / preview_file;
}

std::string note_about(const Job& job, const Destination& destination) {
  std::string note = destination.note;
  if (job.has_pdf) return note;
  if (!note.empty()) note += " ";
  return note + fmt::format("The fax is attached as a TIFF file, because no PDF could be made of it: {}.",
                            job.trouble);
}

Destination resent(const Job& job, Destination destination) {
  destination.to = job.resend_to;
  destination.cc.clear();
  destination.without_route = false;
  destination.note = "This fax came earlier, and is mailed to you again.";
  return destination;
}

std::string refusals_of(const Job& job) {
  std::string lines;
  for (const Recipient& one : job.recipients)
    if (one.state == RecipientState::refused) lines += fmt::format("  {}: {}\n", one.address, one.words);
  return lines;
}

std::string refusals_in_a_line(const Job& job) {
  std::string line;
  for (const Recipient& one : job.recipients)
    if (one.state == RecipientState::refused)
      line += fmt::format("{}{}: {}", line.empty() ? "" : "; ", one.address, one.words);
  return line + ".";
}

}  // namespace

void write_durably(const Job& job, MessageRequest& request) {
  request.message_id = job.id.text() + "@" + this_host();
  base::DurableFile file(job.folder, message_file);
  write_message(request, file.fd());
  file.commit();
}

handoff::FaxRecord record_of(const Job& job) {
  return handoff::from_json(base::read_file(job.folder / record_file, 2 * handoff::largest_record_json));
}

void write_fax_mail(Job& job, const Settings& settings) {
  const handoff::FaxRecord fax = record_of(job);
  const Destination destination =
      job.resend_to.empty() ? destination_for(fax, settings) : resent(job, destination_for(fax, settings));
  const std::string name = file_name_of(fax);
  const std::string note = note_about(job, destination);
  MessageRequest request;
  request.from = job.from = destination.from;
  request.subject = job.subject = destination.subject;
  job.server = destination.server;
  request.to = destination.to;
  request.cc = destination.cc;
  attach_fax(request, job, name, destination.attach_tiff);
  const std::string attached = request.attachments.front().name;
  request.text = fax_as_text(fax, attached, note);
  request.html = fax_as_html(fax, attached, !request.preview.empty(), note);
  job.recipients.clear();
  add_once(job.recipients, destination.to);
  add_once(job.recipients, destination.cc);
  write_durably(job, request);
}

void write_notice_mail(const Job& about, Job& notice, const Settings& settings) {
  const handoff::FaxRecord fax = record_of(notice);
  MessageRequest request;
  request.from = notice.from = sender_of(settings);
  request.subject = notice.subject = "Not delivered: " + about.subject;
  request.to = {settings.operator_address};
  const bool with_fax = std::filesystem::exists(notice.folder / tiff_file);
  if (with_fax) attach_fax(request, notice, file_name_of(fax), false);
  notice.note =
      "It could not be mailed to everybody who should have it. The mail server's last words about each: " +
      refusals_in_a_line(about);
  request.text = fmt::format(
      "This fax could not be mailed to everybody who should have it. You get it as the operator; please see "
      "that it "
      "reaches them. The mail server's last words about each:\n\n{}\n{}. What is known of "
      "it:\n\n{}",
      refusals_of(about), with_fax ? "The fax is attached" : "The mail that was refused had no fax with it",
      with_fax ? fax_as_text(fax, request.attachments.front().name) : facts_as_text(fax));
  notice.recipients.clear();
  add_once(notice.recipients, request.to);
  request.preview.clear();  // it belongs to an HTML part, and this mail has none
  write_durably(notice, request);
}

}  // namespace faxmail
