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

constexpr std::int64_t undeliverable_for_s = 24 * 3600;

}  // namespace

// Who should be told of a refusal is the one who refused.
bool Queue::nobody_left_to_tell(const Job& job) const {
  if (job.kind == Kind::notice) return job.has(RecipientState::refused);
  return std::any_of(job.recipients.begin(), job.recipients.end(), [&](const Recipient& one) {
    return one.state == RecipientState::refused && one.address == settings_.operator_address;
  });
}

// A mail about another one, complete when it appears in the queue; once, however often this is begun. Whoever calls this
// has its id on the disk, with the job that it is about: whenever the power goes, there is one such mail, not two and
// not none.
void Queue::make_mail(const Job& about, const base::CallId& id, Files files,
                      const std::function<void(Job&)>& write) {
  if (spool_.knows(id)) return load(id);
  Job mail;
  mail.id = id;
  mail.folder = spool_.begin_job(id);
  mail.kind = Kind::notice;
  mail.step = Step::ready;
  mail.has_pdf = about.has_pdf;
  mail.trouble = about.trouble;
  mail.accepted_unix_ms = mail.tried_since_unix_ms = now_unix_ms();
  for (const char* name : files)
    if (fs::exists(about.folder / name)) fs::create_hard_link(about.folder / name, mail.folder / name);
  base::fsync_folder(mail.folder);
  write(mail);
  save_job(mail);
  spool_.commit_job(id, state_word(mail));
  load(id);
}

void Queue::tell_operator(Job& job) {
  if (!job.notice_id) {
    job.notice_id = base::CallId::random();
    save(job);
  }
  const base::CallId id = *job.notice_id;
  make_mail(job, id, {record_file, tiff_file, pdf_file, preview_file},
            [&](Job& notice) { write_notice_mail(job, notice, settings_); });
  for (Recipient& one : job.recipients)
    if (one.state == RecipientState::refused) one.state = RecipientState::handed;
  job.notice_id.reset();
  save(job);
  base::log::warning("fax {}: {} is told who did not get it (mail {})", job.id.text(),
                     settings_.operator_address, id.text());
}

void Queue::keep_undeliverable(Job& job) {
  job.hold = Hold::undeliverable;
  for (Recipient& one : job.recipients)
    if (one.state == RecipientState::refused) one.next_try_unix_s = now_unix_s() + undeliverable_for_s;
  save(job);
  report_undeliverable(job);
}

void Queue::revive(Job& job) const {
  job.hold = Hold::none;
  job.tried_since_unix_ms = now_unix_ms();
  for (Recipient& one : job.recipients) {
    const bool again = one.state == RecipientState::too_big ||
                       (one.state == RecipientState::refused &&
                        (job.kind == Kind::notice || one.address == settings_.operator_address));
    if (one.state == RecipientState::refused && again)
      one.address = settings_.operator_address;  // which may be another one by now
    if (again) {
      one.state = RecipientState::waiting;
      one.attempts = 0;
    }
    one.next_try_unix_s = std::min(one.next_try_unix_s, now_unix_s());
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
