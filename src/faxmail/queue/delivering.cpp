// SPDX-License-Identifier: GPL-2.0-or-later
// The queue's deliveries: who is in a session, what his answer means, and what follows from all of them.
#include <filesystem>

#include "src/base/log.hpp"
#include "src/faxmail/child_work.hpp"
#include "src/faxmail/queue.hpp"
#include "src/faxmail/queue_report.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

// Nothing is left to take away from a mail without a fax.
bool can_be_smaller(const Job& job) {
  return fs::exists(job.folder / tiff_file);
}

std::string given_up(const Recipient& recipient, const Job& job, const std::string& words) {
  const double days = static_cast<double>(now_unix_ms() - job.tried_since_unix_ms) / 86'400'000.0;
  return fmt::format("given up after {} tries in {:.1f} days; the last answer: {}", recipient.attempts, days,
                     words);
}

}  // namespace

void Queue::start_delivery(Job& job) {
  const Smtp& smtp = server_of(job);
  const std::uint64_t limit = servers_.largest_mail(smtp);
  if (limit != 0 && can_be_smaller(job) && fs::file_size(job.folder / message_file) > limit)
    return find_too_big(job, limit);
  DeliveryRequest request{job.folder / message_file, job.from, {}};
  for (const Recipient& one : job.recipients)
    if (is_due(one)) request.to.push_back(one.address);
  start_worker(
      job, Doing::mailing, [request, smtp](int output) { return deliver_in_child(request, smtp, output); },
      smtp.delivery_limit_s,
      [this, request, smtp](Job& one, const WorkerEnd& end) {
        const std::string otherwise =
            end.good() || end.output.empty() || end.timed_out
                ? "the delivery's process " + end.in_words() + " before the server had answered"
                : end.output;
        delivery_done(one, smtp, result_from(end.output, request, otherwise));
      });
  servers_.delivery_begins(smtp, plan_);
}

// Known before anything is sent.
void Queue::find_too_big(Job& job, std::uint64_t limit) {
  for (Recipient& one : job.recipients) {
    if (one.state != RecipientState::waiting) continue;
    one.state = RecipientState::too_big;
    one.words = fmt::format("the mail has {} bytes, and {} takes {}",
                            fs::file_size(job.folder / message_file), name_of(server_of(job)), limit);
  }
  save(job);
  settle(job);
}

void Queue::delivery_done(Job& job, const Smtp& smtp, const DeliveryResult& result) {
  plan_.begin_session();
  servers_.delivery_ended(smtp, result, plan_);
  for (const RecipientAnswer& answer : result.recipients)
    for (Recipient& one : job.recipients)
      if (one.address == answer.address && one.state == RecipientState::waiting)
        note_answer(job, one, answer, result.configuration_error);
  save(job);
  report_attempt(job, result);
  settle(job);
}

void Queue::note_answer(const Job& job, Recipient& recipient, const RecipientAnswer& answer,
                        bool configuration_error) const {
  const Smtp& smtp = server_of(job);
  ++recipient.attempts;
  recipient.words = answer.words;
  recipient.next_try_unix_s = now_unix_s() + plan_.interval_s(recipient.attempts, smtp);
  if (answer.answer == Answer::delivered) recipient.state = RecipientState::delivered;
  if (answer.answer == Answer::never)
    recipient.state =
        says_too_big(answer.words) && can_be_smaller(job) ? RecipientState::too_big : RecipientState::refused;
  // Nobody's fax is given up because of our own settings.
  const double tried_s = static_cast<double>(now_unix_ms() - job.tried_since_unix_ms) / 1000.0;
  if (answer.answer != Answer::later || configuration_error || tried_s <= smtp.give_up_after_s) return;
  recipient.state = RecipientState::refused;
  recipient.words = given_up(recipient, job, answer.words);
}

bool Queue::is_unsettled(const Job& job) const {
  if (job.has(RecipientState::too_big) && !job.told_too_big) return true;
  if (job.has(RecipientState::refused) && !nobody_left_to_tell(job)) return true;
  return !job.has(RecipientState::waiting);
}

// After every answer, and at a start: tells the operator of refusals, makes smaller what is too big, closes what is
// done. The job may be gone then.
void Queue::settle(Job& job) {
  if (job.hold == Hold::by_operator) {
    if (job.settled()) close(job);
    return;
  }
  if (job.has(RecipientState::too_big) && !job.told_too_big && !make_smaller(job)) return;
  if (job.has(RecipientState::refused) && !nobody_left_to_tell(job)) tell_operator(job);
  if (job.has(RecipientState::waiting)) return;
  if (job.has(RecipientState::refused)) return keep_undeliverable(job);
  if (job.has(RecipientState::too_big)) return keep_too_big(job);
  if (job.settled()) close(job);
}

}  // namespace faxmail
