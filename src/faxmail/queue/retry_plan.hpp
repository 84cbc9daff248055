// SPDX-License-Identifier: GPL-2.0-or-later
// When a recipient is tried again: growing intervals, by how often he was tried. Those who were tried together are
// tried together again, in one session; he who was put off alone has a time of his own. Used by the Queue.
#pragma once

#include <cstdint>
#include <random>

#include "src/faxmail/job.hpp"
#include "src/faxmail/settings.hpp"

namespace faxmail {

class RetryPlan {
 public:
  explicit RetryPlan(unsigned seed) : dice_(seed) {}

  // Draws how far the intervals of the next answers are from the exact ones: once a session, such that its recipients
  // stay together.
  void begin_session();
  // Seconds to the next try after `attempts` failed ones (1 = the first).
  [[nodiscard]] std::int64_t interval_s(unsigned attempts, const Smtp& smtp) const;

 private:
  std::minstd_rand dice_;
  double stretch_ = 1;
};

inline constexpr std::int64_t never_unix_s = INT64_MAX;

[[nodiscard]] std::int64_t now_unix_s();
// Whether he waits, and is to be tried now.
[[nodiscard]] bool is_due(const Recipient& recipient);
// When the first of those who wait is to be tried; never_unix_s when nobody waits.
[[nodiscard]] std::int64_t next_try(const Job& job);
// The same for those who refused a mail that is undeliverable.
[[nodiscard]] std::int64_t next_revival(const Job& job);

}  // namespace faxmail
