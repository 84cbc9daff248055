// SPDX-License-Identifier: GPL-2.0-or-later
// Mails to the operator about what no single mail of the queue is the cause of: calls that failed, disks that fill
// up. However often a thing happens, there is one mail about it, and then at most one every
// operator_interval_s with what has come since. What is still to be said is on the disk: one file a cause in the
// spool's folder operator/, dahdi-faxmail(8). Owned by the Service; one event loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/base/call_id.hpp"
#include "src/base/event_loop.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"

namespace faxmail {

// Of what kind it is. `code` names the file.
struct Cause {
  const char* code;
  const char* subject;  // of the mail
  const char* what;     // a sentence above the list of what happened
  const char* advice;   // what to do
};

struct Incident {
  std::string key;                      // what has this key is told once, however often it is reported
  std::string line;                     // for a list
  std::string details;                  // for the mail that tells of it alone; empty: the line says all
  std::vector<Attachment> attachments;  // likewise; whose files need not outlive report()
};

class OperatorMail {
 public:
  using Accepted = std::function<void(const base::CallId& id)>;

  // All outlive it; `accepted` is told of each mail that is in the queue.
  OperatorMail(base::EventLoop& loop, Spool& spool, const Settings& settings, Accepted accepted);

  // Mails what waited over a restart. Called once, before the others.
  void resume();
  // It is on the disk when this returns; its mail is in the queue, or planned. Throws std::system_error.
  void report(const Cause& cause, const Incident& incident);
  // For a trouble that lasts: told when it begins, and once a day until it is over. To be called as often as it
  // is looked at.
  void condition(const Cause& cause, bool there, const std::string& line);

 private:
  struct Entry {
    std::string key, line;
    std::int64_t unix_s = 0;
  };
  struct State {
    std::vector<Entry> waiting;     // at most most_told
    std::uint64_t more = 0;         // that are only counted
    std::vector<std::string> told;  // the last keys
    std::int64_t last_mail_unix_s = 0;
    std::int64_t last_told_unix_s = 0;  // of a trouble that lasts
    bool there = false;                 // likewise
    std::string mail_id;                // of the mail that is being made
    [[nodiscard]] bool knows(const std::string& key) const;
  };
  void read_states();
  void save(const std::string& code, const State& state) const;
  [[nodiscard]] std::int64_t due_unix_s(const State& state) const;
  void mail_what_is_due(const Incident* fresh = nullptr);
  void mail(const Cause& cause, State& state, const Incident* fresh);
  void make_job(const base::CallId& id, const Cause& cause, const State& state, const Incident* fresh);
  void wake();

  Spool& spool_;
  const Settings& settings_;
  Accepted accepted_;
  std::map<std::string, State> states_;
  base::Timer timer_;
};

// All causes there are.
namespace causes {
extern const Cause cut_fax, no_pdf, failed_call, disk_of_mail, disk_of_receiver, after_fax, after_fax_waits;
}
const Cause* cause_of(const std::string& code);

// The text of a mail about these lines, `more` of which are not listed.
std::string operator_text(const Cause& cause, const std::vector<std::string>& lines, std::uint64_t more,
                          const std::string& details, std::int64_t since_unix_s);

}  // namespace faxmail
