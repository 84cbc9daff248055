// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/retry_plan.hpp"

#include <algorithm>
#include <cmath>

namespace faxmail {
namespace {

constexpr double growth = 1.5;  // of the time between two tries
constexpr double jitter = 0.1;  // of it, so that a hundred faxes do not come back in one second
constexpr unsigned most_growing = 60;

constexpr std::int64_t longest_wait_s = 2 * 86'400;  // no interval is longer

// What seems to be further off was planned by a clock that has been set back since.
std::int64_t first_of(const Job& job, RecipientState state) {
  std::int64_t next = never_unix_s;
  for (const Recipient& one : job.recipients)
    if (one.state == state) next = std::min(next, one.next_try_unix_s);
  return next != never_unix_s && next > now_unix_s() + longest_wait_s ? 0 : next;
}

}  // namespace

void RetryPlan::begin_session() {
  stretch_ = std::uniform_real_distribution<double>(1 - jitter, 1 + jitter)(dice_);
}

std::int64_t RetryPlan::interval_s(unsigned attempts, const Smtp& smtp) const {
  const double tries = std::clamp(attempts, 1U, most_growing);
  const double interval = std::min(smtp.first_retry_s * std::pow(growth, tries - 1), smtp.longest_retry_s);
  return static_cast<std::int64_t>(std::ceil(interval * stretch_));
}

std::int64_t now_unix_s() {
  return now_unix_ms() / 1000;
}

bool is_due(const Recipient& recipient) {
  const std::int64_t in_s = recipient.next_try_unix_s - now_unix_s();
  return recipient.state == RecipientState::waiting && (in_s <= 0 || in_s > longest_wait_s);
}

std::int64_t next_try(const Job& job) {
  return first_of(job, RecipientState::waiting);
}

std::int64_t next_revival(const Job& job) {
  return first_of(job, RecipientState::refused);
}

}  // namespace faxmail
