// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/caller_id.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "src/base/errors.hpp"
#include "src/modem/caller_id_framing.hpp"
#include "src/modem/high_pass.hpp"
#include "src/modem/spandsp.hpp"

namespace modem {
namespace {

// Senders have -13.5 dBm and lines lose 20 dB and more; spandsp's own threshold is -30.
constexpr int softest_dbm0 = -48;
constexpr std::size_t piece_samples = 160;
using Piece = std::array<std::int16_t, piece_samples>;

struct Free {
  void operator()(fsk_rx_state_t* state) const noexcept { fsk_rx_free(state); }
  void operator()(dtmf_rx_state_t* state) const noexcept { dtmf_rx_free(state); }
};

}  // namespace

struct CallerIdReceiver::Decoders {
  struct Fsk {
    Fsk(Decoders& decoders, int modem_number)
        : owner(decoders),
          spec(preset_fsk_specs[modem_number]),
          modem(fsk_rx_init(nullptr, &spec, FSK_FRAME_MODE_ASYNC, put_bit, this)) {}

    static void put_bit(void* fsk, int bit) noexcept {
      Fsk& self = *static_cast<Fsk*>(fsk);
      if (bit < 0)
        self.framing.carrier_changed();
      else if (self.framing.take_bit(bit))
        self.owner.tell(self.framing.caller());
    }

    void restart() noexcept {
      fsk_rx_restart(modem.get(), &spec, FSK_FRAME_MODE_ASYNC);
      fsk_rx_signal_cutoff(modem.get(), static_cast<float>(softest_dbm0));
      framing = {};
    }

    Decoders& owner;
    const fsk_spec_t& spec;
    FskFraming framing;
    std::unique_ptr<fsk_rx_state_t, Free> modem;
  };

  Decoders() : dtmf(dtmf_rx_init(nullptr, put_digits, this)) {
    if (!bell_202.modem || !v23.modem || !dtmf)
      throw base::Failure("there is no memory for a caller ID receiver");
    restart();
  }

  static void put_digits(void* decoders, const char* digits, int count) noexcept {
    Decoders& self = *static_cast<Decoders*>(decoders);
    for (const char digit : std::string_view(digits, static_cast<std::size_t>(count)))
      if (self.dtmf_framing.take_digit(digit)) self.tell(self.dtmf_framing.caller());
  }

  void restart() noexcept {
    bell_202.restart();
    v23.restart();
    dtmf_rx_init(dtmf.get(), put_digits, this);
    dtmf_rx_parms(dtmf.get(), -1, -1, -1, softest_dbm0);
    dtmf_framing = {};
    without_dc = {};
    told = false;
  }

  // Each modem also reads the other's frequencies: the one that has not got to a message's end shall not tell it again.
  void tell(const CallerId& caller) noexcept {
    bell_202.framing.forget();
    v23.framing.forget();
    last = caller;
    told = true;
  }

  void hear(std::span<const std::int16_t> samples) noexcept {
    Piece piece;
    std::transform(samples.begin(), samples.end(), piece.begin(), [this](std::int16_t sample) {
      return static_cast<std::int16_t>(std::clamp(without_dc(sample), -32768.0F, 32767.0F));
    });
    const int count = static_cast<int>(samples.size());
    fsk_rx(bell_202.modem.get(), piece.data(), count);
    fsk_rx(v23.modem.get(), piece.data(), count);
    dtmf_framing.pass(samples.size());
    dtmf_rx(dtmf.get(), piece.data(), count);
  }

  Fsk bell_202{*this, FSK_BELL202};
  Fsk v23{*this, FSK_V23CH1};
  DtmfFraming dtmf_framing;
  std::unique_ptr<dtmf_rx_state_t, Free> dtmf;
  HighPass without_dc;
  CallerId last;
  bool told = false;
};

CallerIdReceiver::CallerIdReceiver() : decoders_(std::make_unique<Decoders>()) {}

CallerIdReceiver::~CallerIdReceiver() = default;

void CallerIdReceiver::restart() noexcept {
  decoders_->restart();
}

bool CallerIdReceiver::hear(std::span<const std::int16_t> samples) noexcept {
  decoders_->told = false;
  while (!samples.empty()) {
    const auto piece = samples.first(std::min(samples.size(), piece_samples));
    decoders_->hear(piece);
    samples = samples.subspan(piece.size());
  }
  return decoders_->told;
}

const CallerId& CallerIdReceiver::last() const noexcept {
  return decoders_->last;
}

}  // namespace modem
