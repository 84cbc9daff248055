// SPDX-License-Identifier: GPL-2.0-or-later
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include "src/modem/spandsp.hpp"
#include "src/modem/v21.hpp"

namespace modem {
namespace {

// T.30 begins with a second of flags (5.3.1); so many in a row are enough to tell them from speech.
constexpr int flags_in_a_row = 5;
constexpr std::uint64_t flag_bits = 0x7E7E7E7E7E;
constexpr std::uint64_t as_many_bits = 0xFFFFFFFFFF;
// So many bad frames or aborts with no good frame between are noise: look for flags in a row again. One is a
// bit error in a frame, after which the next frame may come behind a single flag.
constexpr int faults_of_noise = 2;

}  // namespace

// spandsp's states lie in here, so that its init functions take no memory.
struct V21Receiver::Engine {
  explicit Engine(V21Listener& told) : listener(told) {}

  void find_footing_anew() noexcept {
    hdlc_rx_restart(&hdlc);
    recent_bits = 0;
    faults = 0;
    flags_told = false;
  }

  void take_status(int status) noexcept {
    if (status != SIG_STATUS_CARRIER_UP && status != SIG_STATUS_CARRIER_DOWN) return;
    find_footing_anew();
    listener.v21_carrier(status == SIG_STATUS_CARRIER_UP);
  }

  void take_bit(int bit) noexcept {
    recent_bits = recent_bits << 1 | static_cast<std::uint64_t>(bit);
    if (!flags_told && (recent_bits & as_many_bits) == flag_bits) {
      flags_told = true;
      listener.v21_flags();
    }
    hdlc_rx_put_bit(&hdlc, bit);
  }

  void take_frame(const std::uint8_t* octets, int length, bool good) noexcept {
    flags_told = false;
    if (!good) take_fault();
    if (length <= 0) return;  // less than an octet beside the check sequence: what noise leaves between flags
    if (!good) return listener.v21_bad_frame();
    faults = 0;
    listener.v21_frame({octets, static_cast<std::size_t>(length)});
  }

  void take_fault() noexcept {
    flags_told = false;
    if (++faults >= faults_of_noise) find_footing_anew();
  }

  V21Listener& listener;
  fsk_rx_state_t fsk{};
  hdlc_rx_state_t hdlc{};
  std::uint64_t recent_bits = 0;
  int faults = 0;
  bool flags_told = false;
};

V21Receiver::V21Receiver(V21Listener& listener) {
  engine_ = std::make_unique<Engine>(listener);
  const auto put_bit = [](void* engine, int bit) { static_cast<Engine*>(engine)->take_bit(bit); };
  const auto put_status = [](void* engine, int status) { static_cast<Engine*>(engine)->take_status(status); };
  const auto put_frame = [](void* engine, const std::uint8_t* octets, int length, int good) {
    static_cast<Engine*>(engine)->take_frame(octets, length, good != 0);
  };
  const auto put_hdlc_status = [](void* engine, int status) {
    if (status == SIG_STATUS_ABORT) static_cast<Engine*>(engine)->take_fault();
  };
  hdlc_rx_init(&engine_->hdlc, FALSE, TRUE, flags_in_a_row, put_frame, engine_.get());
  hdlc_rx_set_max_frame_len(&engine_->hdlc, longest_frame);
  hdlc_rx_set_status_handler(&engine_->hdlc, put_hdlc_status, engine_.get());
  fsk_rx_init(&engine_->fsk, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC, put_bit, engine_.get());
  fsk_rx_set_modem_status_handler(&engine_->fsk, put_status, engine_.get());
  restart();
}

V21Receiver::~V21Receiver() = default;

void V21Receiver::restart(float cutoff_dbm0) noexcept {
  engine_->find_footing_anew();
  fsk_rx_restart(&engine_->fsk, &preset_fsk_specs[FSK_V21CH2], FSK_FRAME_MODE_SYNC);
  fsk_rx_signal_cutoff(&engine_->fsk, cutoff_dbm0);
}

void V21Receiver::hear(std::span<const std::int16_t> samples) noexcept {
  fsk_rx(&engine_->fsk, samples.data(), static_cast<int>(samples.size()));
}

}  // namespace modem
