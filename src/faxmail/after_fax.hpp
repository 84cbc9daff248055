// SPDX-License-Identifier: GPL-2.0-or-later
// Has the operator's program run for each fax ([after] in dahdi-faxmail.conf), by dahdi-faxmail-after, over a socket and
// without waiting. A fax that it is still to be run for is a folder after/ID in the spool, with names of the fax's files:
// so it is there whatever becomes of mail and archive meanwhile, and a restart goes on. At least once: a crash between
// the program's end and the note of it runs it again. Owned by the Service; its troubles stop no mail.
#pragma once

#include <cstdint>
#include <list>
#include <map>

#include "src/base/event_loop.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/after/request.hpp"
#include "src/faxmail/job.hpp"
#include "src/faxmail/operator_mail.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"

namespace faxmail {

class AfterFax {
 public:
  // All outlive it. Throws std::system_error when its folder cannot be made.
  AfterFax(base::EventLoop& loop, const Spool& spool, const Settings& settings, OperatorMail& operator_mail);
  ~AfterFax();
  AfterFax(const AfterFax&) = delete;
  AfterFax& operator=(const AfterFax&) = delete;

  // The fax's files are all made, and its mail is written. It is noted durably when this returns; never throws.
  void complete(const Job& job) noexcept;
  void resume();  // at the start, and when the settings have changed: tries all again
  void stop();    // begins nothing new; a program that runs may end
  [[nodiscard]] bool working() const noexcept { return !runs_.empty(); }

 private:
  struct Waiting {
    std::int64_t since_unix_s = 0, not_before_unix_s = 0;
    unsigned tries = 0;
  };
  struct Run {
    Run(AfterFax& owner, const base::CallId& fax, base::UniqueFd connection);
    base::CallId id;
    base::UniqueFd socket;
    base::EventLoop::Source answer;
    base::Timer limit;
  };

  void read_folder();
  void note(const Job& job);
  void go_on();
  void start(const base::CallId& id);
  [[nodiscard]] AfterRequest request_for(const base::CallId& id) const;
  [[nodiscard]] bool runs(const base::CallId& id) const;
  void heard(Run& run);
  void ended(Run& run, const AfterResult& result);
  void over(const base::CallId& id, const AfterResult& result);
  void put_off(const base::CallId& id, const std::string& why);
  void tell_operator(const base::CallId& id, const std::string& why);
  void remove(const base::CallId& id);
  template <typename Act>
  void guarded(const base::CallId& id, const Act& act) noexcept;

  base::EventLoop& loop_;
  const std::filesystem::path folder_;
  const Settings& settings_;
  OperatorMail& operator_mail_;
  std::map<base::CallId, Waiting> waiting_;
  std::list<Run> runs_;
  base::Timer timer_;
  bool stopping_ = false;
};

}  // namespace faxmail
