// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/notices.hpp"

#include <algorithm>

#include "src/base/errors.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/fax_words.hpp"
#include "src/faxmail/message.hpp"

namespace faxmail {
namespace {

void add_recipient(Job& job, const std::string& address) {
  Recipient recipient;
  recipient.address = address;
  job.recipients.push_back(std::move(recipient));
}

std::vector<std::string> addresses_of(const Job& job) {
  std::vector<std::string> addresses;
  for (const Recipient& one : job.recipients)
    addresses.push_back(one.address);
  return addresses;
}

// From us to the operator.
MessageRequest notice_request(Job& notice, const Settings& settings, const std::string& subject) {
  MessageRequest request;
  request.from = notice.from = sender_of(settings);
  request.subject = notice.subject = subject;
  notice.recipients.clear();
  add_recipient(notice, settings.operator_address);
  request.to = addresses_of(notice);
  return request;
}

// The recipients for whom it is too big now.
void take_recipients(const Job& from, Job& to, const std::string& besides) {
  to.recipients.clear();
  for (const Recipient& one : from.recipients)
    if (one.state == RecipientState::too_big && one.address != besides) add_recipient(to, one.address);
}

std::string where_it_is(const Kept& kept, const Job& about) {
  std::string text = "This fax is kept on the machine that received it:\n\n";
  for (const std::filesystem::path& file : kept.files)
    text += fmt::format("  {}\n", file.string());
  return text + fmt::format("  {}\n", (about.folder.parent_path() / about.id.text()).string() + ".too-big/");
}

std::string list_of_too_big(const Job& job) {
  std::string lines;
  for (const Recipient& one : job.recipients)
    if (one.state == RecipientState::too_big) lines += fmt::format("  {}: {}\n", one.address, one.words);
  return lines;
}

std::string pages_of(const PageRange& pages) {
  return pages.first == pages.last ? fmt::format("page {}", pages.first)
                                   : fmt::format("pages {} to {}", pages.first, pages.last);
}

}  // namespace

std::string facts_as_text(const handoff::FaxRecord& fax) {
  const FaxWords words = words_about(fax);
  std::string text = words.headline + "\n";
  for (const FaxWords::Fact& fact : words.facts)
    text += fmt::format("{:<10}{}\n", fact.name + ":", fact.sentence);
  for (const std::string& trouble : words.troubles)
    text += trouble + "\n";
  return text + fmt::format("Its id is {}.\n", fax.id.text());
}

void write_part_mail(const Job& whole, Job& part) {
  const handoff::FaxRecord fax = record_of(part);
  take_recipients(whole, part, "");
  MessageRequest request;
  request.from = part.from = whole.from;
  request.subject = part.subject = fmt::format("{} ({})", whole.subject, part.part);
  request.to = addresses_of(part);
  std::string name = file_name_of(fax) + "_" + part.part + ".pdf";
  std::replace(name.begin(), name.end(), ' ', '-');
  request.attachments.push_back({part.folder / pdf_file, name, "application/pdf"});
  part.note = whole.note;
  const std::string note =
      fmt::format("{}{}The fax is too big for one mail. This is {}: {} of {}.", whole.note,
                  whole.note.empty() ? "" : " ", part.part, pages_of(part.pages), fax.pages.size());
  request.text = fax_as_text(fax, name, note);
  request.html = fax_as_html(fax, name, false, note);
  write_durably(part, request);
}

void write_pointer_mail(const Job& about, Job& pointer, const Kept& kept, const std::string& besides) {
  pointer.kind = Kind::pointer;
  take_recipients(about, pointer, besides);
  MessageRequest request;
  request.from = pointer.from = about.from;
  request.subject = pointer.subject = about.subject + " (too big to be mailed)";
  request.to = addresses_of(pointer);
  request.text = fmt::format(
      "A fax came for you that is too big to be mailed: {}.\n\n{}\nThe operator of the fax service knows of "
      "it, and can "
      "bring it to you. What is known of the fax:\n\n{}",
      kept.why, where_it_is(kept, about), facts_as_text(record_of(about)));
  write_durably(pointer, request);
}

void write_too_big_notice(const Job& about, Job& notice, const Kept& kept, const Settings& settings) {
  MessageRequest request = notice_request(notice, settings, "Too big to be mailed: " + about.subject);
  request.text = fmt::format(
      "A fax is too big to be mailed, even page by page: {}. What the mail server said about each of its "
      "recipients:\n\n{}\n{}{}\nThey are told where it is; please see that it reaches them. It stays in the "
      "queue until "
      "you say that it may go:\n\n  dahdi-faxmail drop {}\n\nor, when the server takes larger mails by "
      "then:\n\n  "
      "dahdi-faxmail release {}\n\nWhat is known of the fax:\n\n{}",
      kept.why, list_of_too_big(about), about.note.empty() ? "" : about.note + "\n\n",
      where_it_is(kept, about), about.id.text(), about.id.text(), facts_as_text(record_of(about)));
  write_durably(notice, request);
}

}  // namespace faxmail
