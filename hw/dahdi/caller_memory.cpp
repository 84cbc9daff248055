// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/dahdi/caller_memory.hpp"

namespace hw::dahdi {
namespace {

using modem::CallerId;

bool names_another(const CallerId& earlier, const CallerId& later) noexcept {
  return !earlier.number.empty() && !later.number.empty() && earlier.number.view() != later.number.view();
}

void fill(CallerId& earlier, const CallerId& later) noexcept {
  if (earlier.number.empty()) earlier.number = later.number;
  if (earlier.name.empty()) earlier.name = later.name;
  if (earlier.told_at.empty()) earlier.told_at = later.told_at;
  if (earlier.absent == CallerId::Absent::no) earlier.absent = later.absent;
  if (!earlier.number.empty()) earlier.absent = CallerId::Absent::no;  // withheld from nobody
}

Withheld withheld(CallerId::Absent absent) noexcept {
  switch (absent) {
    case CallerId::Absent::by_caller:
      return Withheld::by_caller;
    case CallerId::Absent::unavailable:
      return Withheld::unavailable;
    case CallerId::Absent::no:
      break;
  }
  return Withheld::no;
}

CallIdentity identity_from(const CallerId& heard) noexcept {
  CallIdentity identity;
  identity.caller_number = heard.number;
  identity.caller_name = heard.name;
  identity.told_at = heard.told_at;
  identity.withheld = withheld(heard.absent);
  return identity;
}

}  // namespace

bool CallerMemory::hear(const Block& heard, std::uint64_t now) noexcept {
  if (has_heard_ && !rings_ && now - heard_at_ > caller_kept_samples) has_heard_ = false;
  if (!receiver_.hear(heard)) return false;
  const CallerId& message = receiver_.last();
  if (has_heard_ && !names_another(heard_, message))
    fill(heard_, message);
  else
    heard_ = message;
  has_heard_ = true;
  heard_at_ = now;
  if (rings_) identity_ = identity_from(heard_);
  return true;
}

void CallerMemory::first_ring(std::uint64_t now) noexcept {
  if (has_heard_ && now - heard_at_ > caller_kept_samples) has_heard_ = false;
  rings_ = true;
  identity_ = has_heard_ ? identity_from(heard_) : CallIdentity{};
}

void CallerMemory::forget() noexcept {
  has_heard_ = rings_ = false;
  receiver_.restart();
}

}  // namespace hw::dahdi
