// SPDX-License-Identifier: GPL-2.0-or-later
// What the queue has learned of the mail servers while it runs: the largest mail that one takes, and whether our own
// login, or its certificate, is the trouble there. Such trouble is said once and loud, not with every mail; then one
// mail at a time finds out whether it is over, and the rest waits. Nothing of it is on the disk: a restart, and a new
// configuration, begin without prejudice. Owned by the Queue.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "src/faxmail/delivery.hpp"
#include "src/faxmail/queue/retry_plan.hpp"

namespace faxmail {

// Whether a server's words say that the mail is too big for it (and not that somebody's mailbox is full).
[[nodiscard]] bool says_too_big(const std::string& words);

// "mail.example.org:25", and for a [[server]] "mail.example.org:25 (NAME)"
[[nodiscard]] std::string name_of(const Smtp& smtp);

class MailServers {
 public:
  struct Trouble {
    std::string words;
    std::int64_t since_unix_s = 0, next_try_unix_s = 0;
    unsigned tries = 0;
  };

  // Before this time nothing is to be delivered there; 0 = at any time.
  [[nodiscard]] std::int64_t not_before(const Smtp& smtp) const;
  // Somebody goes there now: in trouble, the others wait for what he finds.
  void delivery_begins(const Smtp& smtp, const RetryPlan& plan);
  // Learns; logs when trouble begins and when it is over.
  void delivery_ended(const Smtp& smtp, const DeliveryResult& result, const RetryPlan& plan);
  // The largest mail, in bytes; 0 = not known.
  [[nodiscard]] std::uint64_t largest_mail(const Smtp& smtp) const;
  void forget();  // what may be different now
  [[nodiscard]] const std::map<std::string, Trouble>& troubles() const noexcept { return troubles_; }

 private:
  void note_trouble(const Smtp& smtp, const DeliveryResult& result, const RetryPlan& plan);

  std::map<std::string, Trouble> troubles_;
  std::map<std::string, std::uint64_t> largest_;
};

}  // namespace faxmail
