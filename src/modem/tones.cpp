// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/tones.hpp"

#include "src/base/errors.hpp"
#include "src/modem/spandsp.hpp"

namespace modem {
namespace {

int spandsp_tone(FaxTone tone) {
  switch (tone) {
    case FaxTone::cng:
      return MODEM_CONNECT_TONES_FAX_CNG;
    case FaxTone::ced:
      return MODEM_CONNECT_TONES_FAX_CED;
    case FaxTone::ced_or_preamble:
      return MODEM_CONNECT_TONES_FAX_CED_OR_PREAMBLE;
  }
  return MODEM_CONNECT_TONES_NONE;
}

}  // namespace

void ToneListener::Free::operator()(modem_connect_tones_rx_state_s* state) const noexcept {
  modem_connect_tones_rx_free(state);
}

ToneListener::ToneListener(FaxTone tone)
    : tone_(spandsp_tone(tone)), state_(modem_connect_tones_rx_init(nullptr, tone_, nullptr, nullptr)) {
  if (!state_) throw base::Failure("there is no memory for a tone detector");
}

ToneListener::~ToneListener() = default;

void ToneListener::restart() noexcept {
  modem_connect_tones_rx_init(state_.get(), tone_, nullptr, nullptr);
}

bool ToneListener::hear(std::span<const std::int16_t> samples) noexcept {
  modem_connect_tones_rx(state_.get(), samples.data(), static_cast<int>(samples.size()));
  return modem_connect_tones_rx_get(state_.get()) != MODEM_CONNECT_TONES_NONE;
}

}  // namespace modem
