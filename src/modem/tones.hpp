// SPDX-License-Identifier: GPL-2.0-or-later
// Hears one of the tones by which fax machines find each other (T.30, 4): CNG of the calling, CED of the
// called one. One owner, one thread; hear() is RT safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

struct modem_connect_tones_rx_state_s;

namespace modem {

enum class FaxTone : std::uint8_t {
  cng,              // 1100 Hz, half a second every 3.5 s
  ced,              // 2100 Hz for about 3 s
  ced_or_preamble,  // ... or V.21 flags, where a machine leaves CED out
};

class ToneListener {
 public:
  explicit ToneListener(FaxTone tone);  // throws base::Failure when there is no memory
  ~ToneListener();
  ToneListener(const ToneListener&) = delete;
  ToneListener& operator=(const ToneListener&) = delete;

  void restart() noexcept;  // forgets what was heard so far
  // True when the tone was recognised since the last call.
  bool hear(std::span<const std::int16_t> samples) noexcept;

 private:
  struct Free {
    void operator()(modem_connect_tones_rx_state_s* state) const noexcept;
  };
  int tone_;
  std::unique_ptr<modem_connect_tones_rx_state_s, Free> state_;
};

}  // namespace modem
