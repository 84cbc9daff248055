// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/ear.hpp"

#include <cstdlib>

#include "src/base/errors.hpp"
#include "src/modem/spandsp.hpp"
#include "src/t30/frame_names.hpp"

namespace calls {
namespace {

constexpr int quietest_sound = 60;  // of a sample: −51 dBm0 as a sine

void put_bit(void* hdlc, int bit) {
  hdlc_rx_put_bit(static_cast<hdlc_rx_state_t*>(hdlc), bit);
}

}  // namespace

void Ear::Free::operator()(fsk_rx_state_s* state) const noexcept {
  fsk_rx_free(state);
}
void Ear::Free::operator()(hdlc_rx_state_s* state) const noexcept {
  hdlc_rx_free(state);
}

Ear::Ear()
    : hdlc_(hdlc_rx_init(nullptr, FALSE, FALSE, 5, &Ear::take_frame, this)),
      fsk_(fsk_rx_init(nullptr, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC, &put_bit, hdlc_.get())) {
  if (!hdlc_ || !fsk_) throw base::Failure("there is no memory for an ear");
}

Ear::~Ear() = default;

void Ear::hear(std::span<const std::int16_t> samples) {
  fsk_rx(fsk_.get(), samples.data(), static_cast<int>(samples.size()));
  for (const std::int16_t sample : samples) {
    ++samples_;
    if (std::abs(sample) > quietest_sound) last_sound_ = samples_;
  }
}

unsigned Ear::quiet_ms() const noexcept {
  return static_cast<unsigned>((samples_ - last_sound_) * 1000 / samples_per_s);
}

void Ear::take_frame(void* self, const std::uint8_t* octets, int length, int good) {
  // A negative length is a report: carrier up, carrier down.
  if (length < 3 || good == 0) return;
  auto& ear = *static_cast<Ear*>(self);
  const char* name = t30::frame_name(octets[2]);
  ear.frames_.push_back({name != nullptr ? name : "?", Octets(octets + 2, octets + length),
                         (octets[1] & 0x10) != 0, ear.samples_ * 1000 / samples_per_s});
}

}  // namespace calls
