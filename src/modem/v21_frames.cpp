// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/v21_frames.hpp"

#include <algorithm>
#include <utility>

#include "src/base/errors.hpp"
#include "src/modem/spandsp.hpp"

namespace modem {
namespace {

// T.30 begins with a second of flags (5.3.1); so many in a row are enough to tell them from speech.
constexpr int flags_before_a_frame = 5;
// Shorter than a bit (26.7 samples), so that a frame's end is known to a bit.
constexpr std::size_t samples_at_once = 20;

void put_bit(void* hdlc, int bit) {
  hdlc_rx_put_bit(static_cast<hdlc_rx_state_t*>(hdlc), bit);
}

}  // namespace

void V21Frames::Free::operator()(fsk_rx_state_s* state) const noexcept {
  fsk_rx_free(state);
}
void V21Frames::Free::operator()(hdlc_rx_state_s* state) const noexcept {
  hdlc_rx_free(state);
}

V21Frames::V21Frames(Handler handler, float cutoff_dbm0)
    : handler_(std::move(handler)),
      hdlc_(hdlc_rx_init(nullptr, FALSE, FALSE, flags_before_a_frame, &V21Frames::take_frame, this)),
      fsk_(fsk_rx_init(nullptr, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC, &put_bit, hdlc_.get())) {
  if (!hdlc_ || !fsk_) throw base::Failure("there is no memory for a V.21 receiver");
  fsk_rx_signal_cutoff(fsk_.get(), cutoff_dbm0);
}

V21Frames::~V21Frames() = default;

void V21Frames::hear(std::span<const std::int16_t> samples) {
  while (!samples.empty()) {
    const auto some = samples.first(std::min(samples.size(), samples_at_once));
    heard_ += some.size();
    fsk_rx(fsk_.get(), some.data(), static_cast<int>(some.size()));
    samples = samples.subspan(some.size());
  }
}

void V21Frames::take_frame(void* self, const std::uint8_t* octets, int length, int good) {
  // A negative length is not a frame but a report: carrier up, carrier down.
  if (length <= 0 || good == 0) return;
  const auto& listener = *static_cast<const V21Frames*>(self);
  listener.handler_({octets, static_cast<std::size_t>(length)}, listener.heard_);
}

}  // namespace modem
