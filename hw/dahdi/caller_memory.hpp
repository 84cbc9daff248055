// SPDX-License-Identifier: GPL-2.0-or-later
// Who calls: what the decoders heard on the line on-hook, kept until the ring that it belongs to has come, and no
// longer. A message may come before the first ring or after it, and a second one may tell what the first lacked.
// Part of an FxoLine; RT safe once made.
#pragma once

#include "hw/line.hpp"
#include "src/modem/caller_id.hpp"

namespace hw::dahdi {

// The ring follows within 2.5 s (EN 300 659-1, 6.1); later it is another call's.
inline constexpr std::uint64_t caller_kept_samples = 10 * samples_per_second;

class CallerMemory {
 public:
  // Each block that is heard on-hook. True: a message has come.
  bool hear(const Block& heard, std::uint64_t now) noexcept;
  void first_ring(std::uint64_t now) noexcept;  // a call begins: what was heard just now is its
  void forget() noexcept;                       // the call is over
  void forget_identity() noexcept { identity_ = {}; }
  void restart() noexcept { receiver_.restart(); }

  // Of the call that rings: who it is, or why nobody says.
  [[nodiscard]] bool is_known() const noexcept {
    return !identity_.caller_number.empty() || identity_.withheld != Withheld::no;
  }
  // Of the call that rings, was answered or was the last one.
  [[nodiscard]] const CallIdentity& identity() const noexcept { return identity_; }

 private:
  modem::CallerIdReceiver receiver_;
  modem::CallerId heard_;
  std::uint64_t heard_at_ = 0;
  bool has_heard_ = false, rings_ = false;
  CallIdentity identity_;
};

}  // namespace hw::dahdi
