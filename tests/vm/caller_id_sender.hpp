// SPDX-License-Identifier: GPL-2.0-or-later
// A telephone exchange's caller ID as sound, by spandsp's sender, in the standards that analog lines have. Owned by one
// SubscriberLine.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "hw/line.hpp"

namespace vm {

enum class CallerIdStandard : std::uint8_t {
  none,
  bellcore,  // FSK of Bell 202: GR-30-CORE
  v23,       // FSK of V.23: ETSI EN 300 659-1
  dtmf,      // ETSI EN 300 659-1 annex: A NUMBER # (Denmark, the Netherlands, India, Brazil …)
  japan      // NTT: V.23, off-hook
};
const std::map<std::string, CallerIdStandard>& caller_id_standards();

class CallerIdSender {
 public:
  // Begins a message; `with_alert` = after the alerting tone that goes before one outside ringing.
  void begin(CallerIdStandard standard, const hw::CallIdentity& caller, bool with_alert);
  void stop() noexcept { sender_.reset(); }
  [[nodiscard]] bool sending() const noexcept { return sender_ != nullptr; }
  // The next 20 ms of it; after the last ones, nothing is being sent any more.
  void say(hw::Block& said);

 private:
  struct Free {
    void operator()(void* sender) const noexcept;
  };
  std::unique_ptr<void, Free> sender_;
};

}  // namespace vm
