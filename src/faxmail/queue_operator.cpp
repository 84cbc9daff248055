// SPDX-License-Identifier: GPL-2.0-or-later
// The queue's last steps: what becomes of faxes that somebody's server refuses, and of those that are done.
#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/queue.hpp"
#include "src/faxmail/queue_report.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t held_for_s = 24 * 3600;

}  // namespace

bool Queue::operator_refused(const Job& job) const {
  return std::any_of(job.recipients.begin(), job.recipients.end(), [&](const Recipient& one) {
    return one.state == RecipientState::refused && one.address == settings_.operator_address;
  });
}

// First the notice's id is on the disk, then the notice, then the word that it is there: whenever the power
// goes, there is one notice, not two and not none.
void Queue::tell_operator(Job& job) {
  if (!job.notice_id) {
    job.notice_id = base::CallId::random();
    save_job(job);
  }
  const base::CallId id = *job.notice_id;
  if (!spool_.knows(id)) make_notice(job, id);
  for (Recipient& one : job.recipients)
    if (one.state == RecipientState::refused) one.state = RecipientState::handed;
  job.notice_id.reset();
  save_job(job);
  load(id);
}

void Queue::make_notice(const Job& about, const base::CallId& id) {
  Job notice;
  notice.id = id;
  notice.folder = spool_.begin_job(id);
  notice.step = Step::ready;
  notice.notice = true;
  notice.has_pdf = about.has_pdf;
  notice.trouble = about.trouble;
  notice.accepted_unix_ms = now_unix_ms();
  for (const char* name : {record_file, tiff_file, pdf_file, preview_file})
    if (fs::exists(about.folder / name)) fs::create_hard_link(about.folder / name, notice.folder / name);
  base::fsync_folder(notice.folder);
  write_notice_mail(about, notice, settings_);
  save_job(notice);
  spool_.commit_job(id);
  base::log::warning("fax {}: {} is told who did not get it (mail {})", about.id.text(),
                     settings_.operator_address, id.text());
}

void Queue::hold(Job& job) {
  job.step = Step::held;
  job.next_try_unix_s = now_unix_ms() / 1000 + held_for_s;
  save_job(job);
  report_held(job);
}

void Queue::revive(Job& job) const {
  job.step = Step::ready;
  job.attempts = 0;
  job.accepted_unix_ms = now_unix_ms();
  for (Recipient& one : job.recipients) {
    if (one.state != RecipientState::refused) continue;
    if (!job.notice && one.address != settings_.operator_address) continue;  // gets its notice from settle()
    one.address = settings_.operator_address;  // which may be another one by now
    one.state = RecipientState::waiting;
  }
}

void Queue::close(Job& job) {
  report_done(job);
  const base::CallId id = job.id;
  done_(job);
  spool_.remove_job(id);
  jobs_.erase(id);
}

}  // namespace faxmail
