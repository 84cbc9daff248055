// SPDX-License-Identifier: GPL-2.0-or-later
// Listens for V.21 channel 2 (300 bit/s, the modem of T.30's binary coded signals) and gives each HDLC frame
// with a good frame check sequence, and the sample at which it ended. The octets are as T.30 counts them:
// address, control, facsimile control field, ..., first transmitted bit = lowest bit. One owner, one thread;
// hear() is RT safe when the handler is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

struct fsk_rx_state_s;
struct hdlc_rx_state_s;

namespace modem {

class V21Frames {
 public:
  // `ended_at` counts the samples heard so far, to 2.5 ms. At most 400 octets, without the check sequence.
  using Handler = std::function<void(std::span<const std::uint8_t> octets, std::uint64_t ended_at)>;
  // T.30 wants receivers to hear down to −43 dBm (V.21, in use on lines of 0 dBr).
  static constexpr float default_cutoff_dbm0 = -46;

  // Throws base::Failure when there is no memory.
  explicit V21Frames(Handler handler, float cutoff_dbm0 = default_cutoff_dbm0);
  ~V21Frames();
  V21Frames(const V21Frames&) = delete;
  V21Frames& operator=(const V21Frames&) = delete;

  void hear(std::span<const std::int16_t> samples);

 private:
  static void take_frame(void* self, const std::uint8_t* octets, int length, int good);

  struct Free {
    void operator()(fsk_rx_state_s* state) const noexcept;
    void operator()(hdlc_rx_state_s* state) const noexcept;
  };
  Handler handler_;
  std::uint64_t heard_ = 0;
  std::unique_ptr<hdlc_rx_state_s, Free> hdlc_;
  std::unique_ptr<fsk_rx_state_s, Free> fsk_;
};

}  // namespace modem
