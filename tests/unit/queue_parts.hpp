// SPDX-License-Identifier: GPL-2.0-or-later
// For tests of the queue: a service without its sockets, which can be started again on the same spool, and a real SMTP
// server beside it.
#pragma once

#include <functional>
#include <memory>

#include "src/faxmail/queue.hpp"
#include "tests/unit/loop_parts.hpp"
#include "tests/unit/mail_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace queue_parts {

using faxmail::Job;
using faxmail::Queue;
using faxmail::Settings;
using faxmail::Spool;
using mail_parts::SmtpServer;
using unit::ScratchFolder;

using namespace std::chrono_literals;

// A service without its socket, which can be started again on the same spool.
class Office {
 public:
  Office(const ScratchFolder& folder, const faxmail::Smtp& smtp) {
    settings_.spool = folder / "spool";
    settings_.smtp = smtp;
    settings_.paper_program = TEST_PAPER_PROGRAM;
  }
  ~Office() { end(); }
  Office(const Office&) = delete;
  Office& operator=(const Office&) = delete;

  Settings& settings() { return settings_; }
  Spool& spool() { return *spool_; }
  Queue& queue() { return *queue_; }
  void start() {
    spool_ = std::make_unique<Spool>(settings_.spool);
    queue_ = std::make_unique<Queue>(loop_, *spool_, settings_);
    queue_->resume();
  }
  // As a SIGKILL would leave it: children gone, nothing tidied up.
  void end() {
    queue_.reset();
    spool_.reset();
  }
  base::CallId take(const std::string& called = "0301234569", const std::string& tiff = "") {
    return take_pages(1, called, [&](const std::filesystem::path& file) {
      if (tiff.empty())
        mail_parts::write_tiff(file);
      else
        unit::put_file(file, tiff);
    });
  }
  base::CallId take_pages(unsigned pages, const std::string& called,
                          const std::function<void(const std::filesystem::path&)>& write) {
    handoff::FaxRecord record = mail_parts::sample_record();
    record.called = called;
    for (unsigned page = 2; page <= pages; ++page) {
      record.pages.push_back(record.pages.front());
      record.pages.back().number = page;
    }
    const auto folder = spool_->begin_job(record.id);
    write(folder / "fax.tif");
    unit::put_file(folder / "fax.json", handoff::to_json(record));
    Job job;
    job.id = record.id;
    job.accepted_unix_ms = job.tried_since_unix_ms = faxmail::now_unix_ms();
    save_job(job, folder);
    spool_->commit_job(record.id);
    queue_->accepted(record.id);
    return record.id;
  }
  Job job(const base::CallId& id) const { return faxmail::load_job(spool_->job_folder(id), id); }
  // Of the n-th recipient; none while the mail is not written.
  unsigned tries(const base::CallId& id, std::size_t n = 0) const {
    const Job one = job(id);
    return n < one.recipients.size() ? one.recipients[n].attempts : 0;
  }
  std::string state(const base::CallId& id) const {  // as ls shows it
    return spool_->job_folder(id).extension().string();
  }
  bool run_until(const std::function<bool()>& enough, std::chrono::seconds limit = 15s) {
    return unit::run_until(loop_, enough, limit);
  }
  bool run_until_empty() {
    return run_until([&] { return queue_->size() == 0; });
  }
  bool start_and_mail_one(const std::string& called = "0301234569", const std::string& tiff = "") {
    start();
    take(called, tiff);
    return run_until_empty();
  }

 private:
  Settings settings_;
  base::EventLoop loop_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<Queue> queue_;
};

inline faxmail::Route route_to(std::vector<std::string> to) {
  faxmail::Route route;
  route.pattern = "_X.";
  route.to = std::move(to);
  return route;
}

inline void retry_quickly(faxmail::Smtp& smtp) {
  smtp.first_retry_s = smtp.longest_retry_s = 1;
}

struct OfficeWithServer {
  ScratchFolder folder;
  SmtpServer server{folder / "store"};
  Office office{folder, server.smtp()};
};

}  // namespace queue_parts
