// SPDX-License-Identifier: GPL-2.0-or-later
// The queue: brings every mail from "accepted" to "every recipient has it, or the operator has". One event
// loop owns it; all work that may take long is done by Workers.
//
//   accepted   → PDF worker            → converted (or: no PDF, and why)
//   converted  → mail written, filed   → ready
//   ready      → delivery worker       → recipients delivered
//                                      · refused: a notice to the operator
//                                      · waiting: again later, each at his own time
//                                      · too big: PDF worker → mails with some pages each,
//                                        or everybody is told where the fax is kept
//   all delivered, or handed to the operator → the folder goes
//   the operator himself refused             → undeliverable, tried again once a day and at each start
//
// Nothing leaves it but by a 2xx for that recipient, or by the operator's hand (the commands below).
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <vector>

#include "src/base/event_loop.hpp"
#include "src/faxmail/delivery.hpp"
#include "src/faxmail/job.hpp"
#include "src/faxmail/paper/work.hpp"
#include "src/faxmail/queue/mail_servers.hpp"
#include "src/faxmail/queue/retry_plan.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"
#include "src/faxmail/workers.hpp"

namespace faxmail {

class Queue {
 public:
  enum class Doing { nothing, paper, mailing };  // what a worker does for a mail just now

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

  void look();                            // reads all that is in the spool, and starts nothing
  void resume();                          // ... and goes on with it; the undeliverable get another chance
  void accepted(const base::CallId& id);  // a new job, or one that is here already
  void stop() { stopping_ = true; }       // no new work; what runs goes on
  [[nodiscard]] bool working() const noexcept { return workers_.running() != 0; }
  [[nodiscard]] std::size_t size() const noexcept { return jobs_.size(); }

  // For the operator's commands (queue/answers.cpp).
  [[nodiscard]] const std::map<base::CallId, Job>& jobs() const noexcept { return jobs_; }
  // Folders whose state cannot be read, and why.
  [[nodiscard]] const std::map<base::CallId, std::string>& unreadable() const noexcept { return unreadable_; }
  [[nodiscard]] const MailServers& servers() const noexcept { return servers_; }
  [[nodiscard]] const Smtp& server_of(const Job& job) const { return server_named(settings_, job.server); }
  [[nodiscard]] Doing doing(const base::CallId& id) const;
  [[nodiscard]] std::int64_t next_action_unix_s(const Job& job) const;  // never_unix_s: nothing is planned
  // Each throws std::system_error when it cannot be brought to the disk. The id is one of jobs().
  void retry(const base::CallId& id);
  void retry_all();  // but what the operator holds
  void hold(const base::CallId& id);
  void release(const base::CallId& id);
  base::CallId resend(const std::string& fax,
                      const std::vector<std::string>& to);  // of the archive: resend.hpp
  void drop(const base::CallId& id);  // of jobs() or unreadable(); what is being done for it is ended

 private:
  static constexpr std::size_t most_conversions = 2;
  struct Busy {
    Doing doing;
    pid_t worker;
  };

  // queue.cpp: what is to be done next
  void load(const base::CallId& id);
  void save(Job& job);
  void go_on();  // starts whatever can be started now, sets the timer for the rest
  void start_what_is_due();
  void go_on_with(Job& job);
  template <typename Act>
  void guarded(base::CallId id, const Act& act);
  [[nodiscard]] bool due(const Job& job) const;
  [[nodiscard]] std::size_t count(Doing doing) const;
  [[nodiscard]] std::size_t deliveries_to(const Smtp& smtp) const;
  void wake_at_next_action();
  using Finished = std::function<void(Job&, const WorkerEnd&)>;
  void start_worker(const Job& job, Doing doing, const Workers::Work& work, double limit_s, Finished done);
  void start_paper(const Job& job, const PaperWork& work, Finished done);
  void start_pdf(Job& job);
  void pdf_done(Job& job, const WorkerEnd& end);
  void write_mail(Job& job);
  void file_in_archive(const Job& job) const;

  // queue/delivering.cpp
  void start_delivery(Job& job);
  void delivery_done(Job& job, const Smtp& smtp, const DeliveryResult& result);
  void note_answer(const Job& job, Recipient& recipient, const RecipientAnswer& answer,
                   bool configuration_error) const;
  void find_too_big(Job& job, std::uint64_t limit);
  [[nodiscard]] bool is_unsettled(const Job& job) const;  // settle() has something to do
  void settle(Job& job);

  // queue_operator.cpp: what becomes of those that somebody's server refuses, and of those that are done
  using Files = std::initializer_list<const char*>;
  void make_mail(const Job& about, const base::CallId& id, Files files,
                 const std::function<void(Job&)>& write);
  void tell_operator(Job& job);
  [[nodiscard]] bool nobody_left_to_tell(const Job& job) const;
  void keep_undeliverable(Job& job);
  void revive(Job& job) const;
  void close(Job& job);

  // queue/splitting.cpp: mails that are too big
  bool make_smaller(Job& job);  // false: a worker is at it, or will be
  void start_splitting(Job& job, std::uint64_t largest_pdf_bytes);
  void split_done(Job& job, const WorkerEnd& end);
  void make_parts(Job& job);
  void tell_where_it_is(Job& job, const std::string& why);
  void keep_too_big(Job& job);

  Spool& spool_;
  const Settings& settings_;
  Workers workers_;
  std::map<base::CallId, Job> jobs_;
  std::map<base::CallId, std::string> unreadable_;
  std::map<base::CallId, Busy> busy_;
  base::Timer timer_;
  RetryPlan plan_;
  MailServers servers_;
  bool has_new_jobs_ = false;
  bool stopping_ = false;
  Told written_ = [](const Job&) {}, done_ = [](const Job&) {};
};

}  // namespace faxmail
