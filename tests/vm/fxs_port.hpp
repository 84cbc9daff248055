// SPDX-License-Identifier: GPL-2.0-or-later
// The telephone exchange's end of an analog line: a channel of the DAHDI driver with fxoks signalling, to which one of
// ours is joined. It rings, sees the far end go off-hook, carries sound. Owned by one SubscriberLine; nothing waits.
#pragma once

#include <string>

#include "hw/dahdi/user.hpp"
#include "hw/line.hpp"
#include "src/base/unique_fd.hpp"

namespace vm {

class FxsPort {
 public:
  static constexpr int buffered_ms = DAHDI_MAX_NUM_BUFS * 20;  // as much as the driver has, each way

  // Throws std::system_error: the driver has no such channel now, or another program has it.
  explicit FxsPort(unsigned number);

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  // The channel is no more (its span was destroyed): to be made anew.
  [[nodiscard]] bool gone() const noexcept { return gone_; }

  int next_event() noexcept;  // DAHDI_EVENT_NONE: no more
  bool read(hw::Block& heard) noexcept;
  bool write(const hw::Block& said) noexcept;  // false: the driver's buffers are full

  bool ring() noexcept;  // false: not yet, the end of the last call is still being signalled
  bool ring_in_cadence(int on_ms, int off_ms) noexcept;  // until the next ring_as_the_country_does()
  bool ring_as_the_country_does() noexcept;
  void off_hook() noexcept;
  void on_hook() noexcept;  // on kewlstart, the far end sees the loop current go for 0.5 s
  void forget_sound() noexcept;

  bool set_country(const std::string& country) noexcept;
  void play(int tone) noexcept;  // DAHDI_TONE_…, for ever
  void stop_playing() noexcept;

  [[nodiscard]] bool far_end_is_off_hook() noexcept;
  [[nodiscard]] bool in_alarm() noexcept;

 private:
  bool done(int result) noexcept;
  dahdi_params params() noexcept;

  base::UniqueFd fd_;
  bool gone_ = false;
};

}  // namespace vm
