// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/archive_record.hpp"
#include "src/faxmail/child_work.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/queue_report.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_conversions = 2;
// When this machine is the trouble: disk full, no process to be had.
constexpr std::int64_t after_trouble_s = 60;
constexpr double growth = 1.5;  // of the time between two tries
constexpr double jitter = 0.1;  // of it, so that a hundred faxes do not come back in one second
constexpr const char* pdf_part = "fax.pdf.part";
constexpr const char* preview_part = "preview.png.part";

std::int64_t now_unix_s() {
  return now_unix_ms() / 1000;
}

void make_durable(const fs::path& part, const fs::path& whole) {
  const base::UniqueFd fd(::open(part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + part.string());
  base::fsync_file(fd.get(), part.string());
  base::durable_rename(part, whole);
}

}  // namespace

Queue::Queue(base::EventLoop& loop, Spool& spool, const Settings& settings)
    : spool_(spool),
      settings_(settings),
      workers_(loop),
      timer_(loop, CLOCK_BOOTTIME, [this] { go_on(); }),
      dice_(static_cast<unsigned>(now_unix_ms())) {}

void Queue::resume() {
  for (const base::CallId& id : spool_.jobs())
    load(id);
  for (auto& [id, job] : jobs_) {
    if (job.step == Step::held && busy_.count(id) == 0) revive(job);
    // A disk that was full, a server that was away: a restart is a good time to look again.
    job.next_try_unix_s = std::min(job.next_try_unix_s, now_unix_s());
  }
  if (!jobs_.empty()) base::log::info("in the queue: {}", jobs_.size());
  go_on();
}

void Queue::load(const base::CallId& id) {
  if (jobs_.count(id) != 0) return;
  try {
    jobs_.emplace(id, load_job(spool_.job_folder(id), id));
    has_new_jobs_ = true;
  } catch (const std::exception& error) {
    base::log::error("fax {} stays in {} untouched and is not mailed: {}", id.text(),
                     spool_.job_folder(id).string(), error.what());
  }
}

void Queue::accepted(const base::CallId& id) {
  if (!spool_.has_job(id)) return;
  load(id);
  go_on();
}

bool Queue::due(const Job& job) const {
  return job.next_try_unix_s <= now_unix_s();
}

void Queue::go_on() {
  do {  // a notice to the operator comes into being on the way
    has_new_jobs_ = false;
    start_what_is_due();
  } while (has_new_jobs_ && !stopping_);
  wake_at_next_try();
}

void Queue::start_what_is_due() {
  std::vector<Job*> waiting;
  for (auto& [id, job] : jobs_)
    if (busy_.count(id) == 0 && due(job)) waiting.push_back(&job);
  // Who came first goes first.
  std::sort(waiting.begin(), waiting.end(),
            [](const Job* a, const Job* b) { return a->accepted_unix_ms < b->accepted_unix_ms; });
  for (Job* job : waiting)
    if (!stopping_) guarded(*job, [&] { go_on_with(*job); });
}

// Trouble of this machine's own costs a minute, never a fax. `job` may be gone afterwards.
template <typename Act>
void Queue::guarded(Job& job, const Act& act) {
  const base::CallId id = job.id;
  try {
    act();
  } catch (const std::exception& error) {
    base::log::error("fax {} has to wait for {} s: {}", id.text(), after_trouble_s, error.what());
    const auto found = jobs_.find(id);
    if (found != jobs_.end()) found->second.next_try_unix_s = now_unix_s() + after_trouble_s;
  }
}

void Queue::go_on_with(Job& job) {
  const base::CallId id = job.id;  // settle() may close the job
  if (job.step == Step::held) revive(job);
  if (job.step == Step::accepted && converting_ < most_conversions) return start_pdf(job);
  if (job.step == Step::converted) write_mail(job);
  if (job.step != Step::ready) return;
  if (!job.has(RecipientState::waiting) || job.has(RecipientState::refused)) settle(job);
  if (jobs_.count(id) == 0 || job.step != Step::ready) return;  // done, or held
  if (delivering_ < settings_.smtp.at_once) start_delivery(job);
}

void Queue::wake_at_next_try() {
  std::int64_t next = INT64_MAX;
  for (const auto& [id, job] : jobs_)
    if (busy_.count(id) == 0 && !due(job)) next = std::min(next, job.next_try_unix_s);
  if (next == INT64_MAX || stopping_) return timer_.stop();
  // Never far off: a clock that was set back must not stop the mail for a year.
  timer_.set(std::chrono::seconds(std::clamp<std::int64_t>(next - now_unix_s(), 1, 600)));
}

void Queue::start_pdf(Job& job) {
  PdfRequest request{job.folder / tiff_file, job.folder / pdf_part,   job.folder / preview_part,
                     settings_.company,      settings_.received_line, record_of(job),
                     settings_.pdf_a};
  workers_.start([request](int output) { return make_pdf_in_child(request, output); }, pdf_limit_s,
                 [this, id = job.id](const WorkerEnd& end) {
                   --converting_;
                   busy_.erase(id);
                   Job& one = jobs_.at(id);
                   guarded(one, [&] { pdf_done(one, end); });
                   go_on();
                 });
  ++converting_;
  busy_.insert(job.id);
}

void Queue::pdf_done(Job& job, const WorkerEnd& end) {
  job.has_pdf = end.good() && fs::exists(job.folder / pdf_part);
  if (job.has_pdf) {
    make_durable(job.folder / pdf_part, job.folder / pdf_file);
    if (fs::exists(job.folder / preview_part))
      make_durable(job.folder / preview_part, job.folder / preview_file);
    base::log::info("fax {}: its PDF is made, {} KB", job.id.text(),
                    fs::file_size(job.folder / pdf_file) / 1024);
  } else {
    job.trouble = end.output.empty() ? "the program that makes it " + end.in_words() : end.output;
    base::log::error("fax {}: no PDF could be made, its TIFF will be mailed: {}", job.id.text(), job.trouble);
    for (const char* part : {pdf_part, preview_part})
      fs::remove(job.folder / part);
  }
  job.step = Step::converted;
  save_job(job);
}

void Queue::write_mail(Job& job) {
  write_fax_mail(job, settings_);
  if (job.resend_to.empty()) {
    file_in_archive(job);
    written_(job);
  }
  Job written = job;
  written.step = Step::ready;
  save_job(written);
  job = written;
}

void Queue::file_in_archive(const Job& job) const {
  file_in(spool_.archive(), job);
}

void Queue::start_delivery(Job& job) {
  DeliveryRequest request{job.folder / message_file, job.from, {}};
  for (const Recipient& one : job.recipients)
    if (one.state == RecipientState::waiting) request.to.push_back(one.address);
  workers_.start(
      [request, smtp = settings_.smtp](int output) { return deliver_in_child(request, smtp, output); },
      settings_.smtp.delivery_limit_s,
      [this, request, id = job.id](const WorkerEnd& end) {
        --delivering_;
        busy_.erase(id);
        const std::string otherwise =
            end.good() || end.output.empty() || end.timed_out
                ? "the delivery's process " + end.in_words() + " before the server had answered"
                : end.output;
        Job& one = jobs_.at(id);
        guarded(one, [&] { delivery_done(one, result_from(end.output, request, otherwise)); });
        go_on();
      });
  ++delivering_;
  busy_.insert(job.id);
}

void Queue::delivery_done(Job& job, const DeliveryResult& result) {
  const bool time_is_up =
      static_cast<double>(now_unix_ms() - job.accepted_unix_ms) / 1000.0 > settings_.smtp.give_up_after_s;
  ++job.attempts;
  for (const RecipientAnswer& answer : result.recipients)
    for (Recipient& one : job.recipients)
      if (one.address == answer.address && one.state == RecipientState::waiting)
        note_answer(one, answer, time_is_up);
  plan_next_try(job);
  save_job(job);
  report_attempt(job, result);
  settle(job);
}

void Queue::note_answer(Recipient& recipient, const RecipientAnswer& answer, bool time_is_up) const {
  ++recipient.attempts;
  recipient.words = answer.words;
  if (answer.answer == Answer::delivered) recipient.state = RecipientState::delivered;
  if (answer.answer == Answer::never) recipient.state = RecipientState::refused;
  if (answer.answer != Answer::later || !time_is_up) return;
  recipient.state = RecipientState::refused;
  recipient.words = fmt::format("given up after {} tries in {:.1f} days; the last answer: {}",
                                recipient.attempts, settings_.smtp.give_up_after_s / 86400, answer.words);
}

void Queue::plan_next_try(Job& job) {
  const Smtp& smtp = settings_.smtp;
  const double tries = std::min(job.attempts, 60U);
  const double interval_s = std::min(smtp.first_retry_s * std::pow(growth, tries - 1), smtp.longest_retry_s);
  std::uniform_real_distribution<double> spread(1 - jitter, 1 + jitter);
  job.next_try_unix_s = now_unix_s() + static_cast<std::int64_t>(std::ceil(interval_s * spread(dice_)));
}

// After every answer, and at a start: tells the operator of refusals, closes what is done. `job` may be gone
// then.
void Queue::settle(Job& job) {
  if (job.has(RecipientState::refused)) {
    if (job.notice || operator_refused(job)) return hold(job);
    tell_operator(job);
  }
  if (job.settled()) close(job);
}

}  // namespace faxmail
