// SPDX-License-Identifier: GPL-2.0-or-later
// One channel of a telephony card, as the DAHDI driver offers it: each call of the driver is one function here,
// and nothing is decided. Owned by one line, which alone calls it; a test's fake replays what a driver did.
// Each gives what the driver gave: a count or 0, or −errno. ELAST: an event waits and must be fetched first. Once
// made, everything is RT safe: no function waits (the device is open with O_NONBLOCK).
#pragma once

#include <memory>

#include "hw/dahdi/user.hpp"
#include "hw/line.hpp"

namespace hw::dahdi {

class Channel {
 public:
  virtual ~Channel() = default;

  [[nodiscard]] virtual int fd() const noexcept = 0;
  virtual void close() noexcept = 0;  // the driver puts the line on-hook

  virtual int read(Block& heard) noexcept = 0;        // bytes
  virtual int write(const Block& said) noexcept = 0;  // bytes
  virtual int get_event(int& event) noexcept = 0;     // DAHDI_EVENT_NONE: no more
  virtual int set_hook(int position) noexcept = 0;    // DAHDI_OFFHOOK, DAHDI_ONHOOK
  virtual int flush(int what) noexcept = 0;           // DAHDI_FLUSH_…
  virtual int get_params(dahdi_params& params) noexcept = 0;
  virtual int get_span(dahdi_spaninfo& span) noexcept = 0;  // the channel's own

  // At the opening:
  virtual int get_gains(dahdi_gains& gains) noexcept = 0;
  virtual int set_buffers(dahdi_bufferinfo& buffers) noexcept = 0;
  virtual int set_linear(int on) noexcept = 0;
  virtual int set_echo_canceller(int taps) noexcept = 0;
  virtual int set_buffer_events(int on) noexcept = 0;

  // Of a B channel, for each call; setting the law is for audio mode only, as is set_linear():
  virtual int set_audio_mode(int on) noexcept = 0;
  virtual int set_law(int law) noexcept = 0;  // DAHDI_LAW_…
};

// The driver's channel of that number. Throws base::Failure: no driver, no right, no such channel, not
// configured, in use.
std::unique_ptr<Channel> open_channel(unsigned number);

}  // namespace hw::dahdi
