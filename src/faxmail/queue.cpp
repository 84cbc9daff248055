// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue.hpp"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/archive_record.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/paper_program.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

// When this machine is the trouble: disk full, no process to be had.
constexpr std::int64_t after_trouble_s = 60;
constexpr const char* pdf_part = "fax.pdf.part";
constexpr const char* preview_part = "preview.png.part";

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
      plan_(static_cast<unsigned>(now_unix_ms())) {}

void Queue::look() {
  for (const base::CallId& id : spool_.jobs())
    load(id);
}

void Queue::resume() {
  look();
  servers_.forget();
  for (auto& [id, job] : jobs_) {
    if (job.hold == Hold::undeliverable && busy_.count(id) == 0) revive(job);
    // A disk that was full, a server that was away: a restart is a good time to look again.
    job.not_before_unix_s = 0;
    for (Recipient& one : job.recipients)
      one.next_try_unix_s = std::min(one.next_try_unix_s, now_unix_s());
  }
  if (!jobs_.empty()) base::log::info("in the queue: {}", jobs_.size());
  go_on();
}

void Queue::load(const base::CallId& id) {
  if (jobs_.count(id) != 0) return;
  try {
    Job job = load_job(spool_.job_folder(id), id);
    job.folder = spool_.name_job(id, state_word(job));  // what a crash left with the name before
    jobs_.emplace(id, std::move(job));
    unreadable_.erase(id);
    has_new_jobs_ = true;
  } catch (const std::exception& error) {
    unreadable_[id] = error.what();
    base::log::error("fax {} stays in {} untouched and is not mailed: {}", id.text(),
                     spool_.job_folder(id).string(), error.what());
  }
}

// A worker knows the folder by its name, which changes when the worker is done.
void Queue::save(Job& job) {
  save_job(job);
  if (busy_.count(job.id) == 0) job.folder = spool_.name_job(job.id, state_word(job));
}

void Queue::accepted(const base::CallId& id) {
  if (!spool_.has_job(id)) return;
  load(id);
  go_on();
}

Queue::Doing Queue::doing(const base::CallId& id) const {
  const auto found = busy_.find(id);
  return found == busy_.end() ? Doing::nothing : found->second.doing;
}

std::size_t Queue::count(Doing doing) const {
  return static_cast<std::size_t>(
      std::count_if(busy_.begin(), busy_.end(), [&](const auto& one) { return one.second.doing == doing; }));
}

// Each server has its own bound, so that one that is slow keeps nobody from the others.
std::size_t Queue::deliveries_to(const Smtp& smtp) const {
  return static_cast<std::size_t>(std::count_if(busy_.begin(), busy_.end(), [&](const auto& one) {
    return one.second.doing == Doing::mailing && &server_of(jobs_.at(one.first)) == &smtp;
  }));
}

std::int64_t Queue::next_action_unix_s(const Job& job) const {
  if (busy_.count(job.id) != 0) return never_unix_s;
  if (job.hold == Hold::by_operator || job.hold == Hold::too_big) return never_unix_s;
  if (job.hold == Hold::undeliverable) return std::max(job.not_before_unix_s, next_revival(job));
  if (job.step != Step::ready || is_unsettled(job)) return job.not_before_unix_s;
  return std::max({job.not_before_unix_s, servers_.not_before(server_of(job)), next_try(job)});
}

bool Queue::due(const Job& job) const {
  return next_action_unix_s(job) <= now_unix_s();
}

void Queue::go_on() {
  do {  // a notice to the operator comes into being on the way
    has_new_jobs_ = false;
    start_what_is_due();
  } while (has_new_jobs_ && !stopping_);
  wake_at_next_action();
}

void Queue::start_what_is_due() {
  std::vector<Job*> waiting;
  for (auto& [id, job] : jobs_)
    if (due(job)) waiting.push_back(&job);
  // Who came first goes first.
  std::sort(waiting.begin(), waiting.end(),
            [](const Job* a, const Job* b) { return a->accepted_unix_ms < b->accepted_unix_ms; });
  for (Job* job : waiting)
    if (!stopping_ && due(*job)) guarded(job->id, [&] { go_on_with(*job); });
}

// Trouble of this machine's own costs a minute, never a fax. The job may be gone afterwards.
template <typename Act>
void Queue::guarded(base::CallId id, const Act& act) {
  try {
    act();
  } catch (const std::exception& error) {
    base::log::error("fax {} has to wait for {} s: {}", id.text(), after_trouble_s, error.what());
    const auto found = jobs_.find(id);
    if (found != jobs_.end()) found->second.not_before_unix_s = now_unix_s() + after_trouble_s;
  }
}

void Queue::go_on_with(Job& job) {
  const base::CallId id = job.id;  // settle() may close the job
  if (job.hold == Hold::undeliverable) revive(job);
  if (job.step == Step::accepted && count(Doing::paper) < most_conversions) return start_pdf(job);
  if (job.step == Step::converted) write_mail(job);
  if (job.step != Step::ready) return;
  settle(job);
  // Done, kept, or being made smaller?
  if (jobs_.count(id) == 0 || job.hold != Hold::none || !due(job) || !job.has(RecipientState::waiting))
    return;
  if (deliveries_to(server_of(job)) < server_of(job).at_once) start_delivery(job);
}

void Queue::wake_at_next_action() {
  std::int64_t next = never_unix_s;
  for (const auto& [id, job] : jobs_)
    if (const std::int64_t at = next_action_unix_s(job); at > now_unix_s()) next = std::min(next, at);
  if (next == never_unix_s || stopping_) return timer_.stop();
  // Never far off: a clock that was set back must not stop the mail for a year.
  timer_.set(std::chrono::seconds(std::clamp<std::int64_t>(next - now_unix_s(), 1, 600)));
}

void Queue::start_worker(const Job& job, Doing doing, const Workers::Work& work, double limit_s,
                         Finished done) {
  const pid_t worker =
      workers_.start(work, limit_s, [this, id = job.id, done = std::move(done)](const WorkerEnd& end) {
        busy_.erase(id);
        guarded(id, [&] { done(jobs_.at(id), end); });
        go_on();
      });
  busy_.insert({job.id, {doing, worker}});
}

void Queue::start_paper(const Job& job, const PaperWork& work, Finished done) {
  const Workers::Work become = [program = settings_.paper_program, work](int output) -> int {
    become_paper_program(program, work, output);
  };
  start_worker(job, Doing::paper, become, paper_limit_s, std::move(done));
}

void Queue::start_pdf(Job& job) {
  PdfRequest request{
      job.folder / tiff_file,  job.folder / pdf_part, job.folder / preview_part, settings_.company,
      settings_.received_line, record_of(job),        settings_.pdf_a,           {}};
  start_paper(job, request, [this](Job& one, const WorkerEnd& end) { pdf_done(one, end); });
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
  save(job);
}

void Queue::write_mail(Job& job) {
  write_fax_mail(job, settings_);
  if (job.resend_to.empty()) {
    file_in_archive(job);
    written_(job);
  }
  Job written = job;
  written.step = Step::ready;
  save(written);
  job = written;
}

void Queue::file_in_archive(const Job& job) const {
  file_in(spool_.archive(), job);
}

}  // namespace faxmail
