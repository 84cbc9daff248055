// SPDX-License-Identifier: GPL-2.0-or-later
// What a caller of the tests hears of the called side: its V.21 frames, and whether it makes a sound at all.
// spandsp demodulates. One owner, one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/calls/v21_modulator.hpp"

struct fsk_rx_state_s;
struct hdlc_rx_state_s;

namespace calls {

struct HeardFrame {
  std::string name;
  Octets octets;  // from the facsimile control field on
  bool is_final = false;
  std::uint64_t at_ms = 0;  // its end
};

class Ear {
 public:
  Ear();
  ~Ear();
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  void hear(std::span<const std::int16_t> samples);
  // All since the call began.
  [[nodiscard]] const std::vector<HeardFrame>& frames() const noexcept { return frames_; }
  [[nodiscard]] unsigned quiet_ms() const noexcept;  // since its last sound

 private:
  static void take_frame(void* self, const std::uint8_t* octets, int length, int good);

  struct Free {
    void operator()(fsk_rx_state_s* state) const noexcept;
    void operator()(hdlc_rx_state_s* state) const noexcept;
  };
  std::vector<HeardFrame> frames_;
  std::uint64_t samples_ = 0, last_sound_ = 0;
  std::unique_ptr<hdlc_rx_state_s, Free> hdlc_;
  std::unique_ptr<fsk_rx_state_s, Free> fsk_;
};

}  // namespace calls
