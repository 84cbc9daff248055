// SPDX-License-Identifier: GPL-2.0-or-later
// The queue: brings every job from "accepted" to "every recipient has it, or the operator has". One event
// loop owns it; all work that may take long is done by Workers.
//
//   accepted   → PDF worker            → converted (or: no PDF, and why)
//   converted  → mail written, filed   → ready
//   ready      → delivery worker       → recipients delivered
//                                      · refused: a notice to the operator
//                                      · waiting: again later
//   all delivered, or handed to the operator → the folder goes
//   the operator himself refused             → held, tried again once a day and at each start
#pragma once

#include <functional>
#include <map>
#include <random>
#include <set>

#include "src/base/event_loop.hpp"
#include "src/faxmail/delivery.hpp"
#include "src/faxmail/job.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"
#include "src/faxmail/workers.hpp"

namespace faxmail {

class Queue {
 public:
  // All three outlive it.
  Queue(base::EventLoop& loop, Spool& spool, const Settings& settings);
  // Told of each fax whose mail is written, before it is tried, perhaps twice after a crash; and of each mail of
  // the queue that is done, before its folder goes. Set before resume().
  using Told = std::function<void(const Job&)>;
  void tell(Told written, Told done) {
    written_ = std::move(written);
    done_ = std::move(done);
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  void resume();                          // all that is in the spool; held jobs get another chance
  void accepted(const base::CallId& id);  // a new job, or one that is here already
  void stop() { stopping_ = true; }       // no new work; what runs goes on
  [[nodiscard]] bool working() const noexcept { return workers_.running() != 0; }
  [[nodiscard]] const std::map<base::CallId, Job>& jobs() const noexcept { return jobs_; }
  [[nodiscard]] std::size_t size() const noexcept { return jobs_.size(); }

 private:
  void load(const base::CallId& id);
  void go_on();  // starts whatever can be started now, sets the timer for the rest
  void start_what_is_due();
  void go_on_with(Job& job);
  template <typename Act>
  void guarded(Job& job, const Act& act);
  [[nodiscard]] bool due(const Job& job) const;
  void wake_at_next_try();

  void start_pdf(Job& job);
  void pdf_done(Job& job, const WorkerEnd& end);
  void write_mail(Job& job);
  void file_in_archive(const Job& job) const;
  void start_delivery(Job& job);
  void delivery_done(Job& job, const DeliveryResult& result);
  void note_answer(Recipient& recipient, const RecipientAnswer& answer, bool time_is_up) const;
  void plan_next_try(Job& job);
  void settle(Job& job);
  void tell_operator(Job& job);
  void make_notice(const Job& about, const base::CallId& id);
  [[nodiscard]] bool operator_refused(const Job& job) const;
  void hold(Job& job);
  void revive(Job& job) const;
  void close(Job& job);

  Spool& spool_;
  const Settings& settings_;
  Workers workers_;
  std::map<base::CallId, Job> jobs_;
  std::set<base::CallId> busy_;  // a worker is at it
  std::size_t converting_ = 0, delivering_ = 0;
  base::Timer timer_;
  std::minstd_rand dice_;
  bool has_new_jobs_ = false;
  bool stopping_ = false;
  Told written_ = [](const Job&) {}, done_ = [](const Job&) {};
};

}  // namespace faxmail
