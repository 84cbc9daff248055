// SPDX-License-Identifier: GPL-2.0-or-later
// The operator's hand in the queue.
#include "src/base/log.hpp"
#include "src/faxmail/queue.hpp"
#include "src/faxmail/resend.hpp"

namespace faxmail {

void Queue::retry(const base::CallId& id) {
  Job& job = jobs_.at(id);
  servers_.forget();
  if (job.hold == Hold::undeliverable || job.hold == Hold::too_big) revive(job);
  job.not_before_unix_s = 0;
  for (Recipient& one : job.recipients)
    one.next_try_unix_s = std::min(one.next_try_unix_s, now_unix_s());
  save(job);
  go_on();
}

void Queue::retry_all() {
  std::vector<base::CallId> ids;
  for (const auto& [id, job] : jobs_)
    if (job.hold == Hold::none || job.hold == Hold::undeliverable) ids.push_back(id);
  for (const base::CallId& id : ids)
    if (jobs_.count(id) != 0) retry(id);  // the one before may have closed it
}

void Queue::hold(const base::CallId& id) {
  Job& job = jobs_.at(id);
  job.hold = Hold::by_operator;
  save(job);
}

void Queue::release(const base::CallId& id) {
  Job& job = jobs_.at(id);
  revive(job);
  job.not_before_unix_s = 0;
  save(job);
  go_on();
}

base::CallId Queue::resend(const std::string& fax, const std::vector<std::string>& to) {
  const base::CallId id = faxmail::resend(spool_, find_archived(spool_.archive(), fax), to);
  load(id);
  go_on();
  return id;
}

void Queue::drop(const base::CallId& id) {
  if (const auto busy = busy_.find(id); busy != busy_.end()) {
    workers_.cancel(busy->second.worker);
    busy_.erase(busy);
  }
  spool_.remove_job(id);
  jobs_.erase(id);
  unreadable_.erase(id);
  go_on();
}

}  // namespace faxmail
