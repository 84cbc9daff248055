// SPDX-License-Identifier: GPL-2.0-or-later
// The D channel of an ISDN span: frames of Q.921 in and out. Owned by one span process, which opens it before it locks
// itself down. Every frame has two octets for its FCS at the end, whose values nobody looks at: so the DAHDI driver
// gives and takes them. Nothing waits.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "src/base/unique_fd.hpp"

namespace hw::isdn {

enum class DEvent : std::uint8_t { none, alarm, alarm_over, gone };

class DChannel {
 public:
  virtual ~DChannel() = default;

  [[nodiscard]] virtual int fd() const noexcept = 0;
  [[nodiscard]] virtual short poll_events() const noexcept = 0;
  virtual DEvent next_event() noexcept = 0;  // drain until none, before reading
  // Octets of the next frame, with its FCS; 0 = none.
  virtual int read(std::span<std::uint8_t> frame) noexcept = 0;
  virtual void write(
      std::span<const std::uint8_t> frame) noexcept = 0;  // one that has no room is lost: Q.921
};

// One end of a SOCK_SEQPACKET pair. At its end of file the D channel is gone.
std::unique_ptr<DChannel> d_channel_on(base::UniqueFd socket);

}  // namespace hw::isdn
