// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/fast_receiver.hpp"

#include <algorithm>

#include "src/modem/fast_receiver_engine.hpp"

namespace modem {
namespace {

constexpr int flags_before_a_frame = 5;
constexpr std::size_t longest_frame = 400;
// What spandsp adds to its meter for the loss in its DC blocker.
constexpr float dc_blocker_db = 3.98F;
// spandsp's V.27ter follows the caller's clock with a step of 2 once it is trained, and at 100 ppm it loses it after
// 3 s. Measured with 8: no error in 40 s, and no more in noise than before.
constexpr int v27ter_clock_step = 8;

bool has_rate(const FastMode& mode) noexcept {
  switch (mode.modem) {
    case FastModem::none:
      return false;
    case FastModem::v27ter:
      return mode.bps == 2400 || mode.bps == 4800;
    case FastModem::v29:
      return mode.bps == 7200 || mode.bps == 9600;
    case FastModem::v17:
      return mode.bps == 7200 || mode.bps == 9600 || mode.bps == 12000 || mode.bps == 14400;
  }
  return false;
}

}  // namespace

FastReceiver::Engine::Engine(FastListener& told) noexcept : listener(told) {
  const auto put_bit = [](void* engine, int bit) {
    static_cast<Engine*>(engine)->take_bit(static_cast<unsigned>(bit));
  };
  const auto put_status = [](void* engine, int status) { static_cast<Engine*>(engine)->take_status(status); };
  const auto put_frame = [](void* engine, const std::uint8_t* octets, int length, int good) {
    const Engine& self = *static_cast<Engine*>(engine);
    // A negative length is a status, not a frame.
    if (good == 0 || length <= 0 || self.next) return;
    self.listener.fast_frame({octets, static_cast<std::size_t>(length)});
  };
  v17_rx_init(&v17, 14400, put_bit, this);
  v17_rx_set_modem_status_handler(&v17, put_status, this);
  v29_rx_init(&v29, 9600, put_bit, this);
  v29_rx_set_modem_status_handler(&v29, put_status, this);
  v27ter_rx_init(&v27ter, 4800, put_bit, this);
  v27ter_rx_set_modem_status_handler(&v27ter, put_status, this);
  hdlc_rx_init(&hdlc, FALSE, FALSE, flags_before_a_frame, put_frame, this);
  hdlc_rx_set_max_frame_len(&hdlc, longest_frame);
}

void FastReceiver::Engine::begin(const FastMode& wanted) noexcept {
  mode = has_rate(wanted) ? wanted : FastMode{};
  training = trained = parked = false;
  short_ended = Short::awaited;
  heard.fill(0);
  training_short = mode.modem == FastModem::v17 && mode.short_training && long_training;
  measure_snr();
  train();
}

// Or not: a handler costs a call a symbol.
void FastReceiver::Engine::measure_snr() noexcept {
  // Without points it tells of the symbol timing.
  const qam_report_handler_t report = [](void* engine, const complexf_t* received, const complexf_t* target,
                                         int /*symbol*/) {
    Engine& self = *static_cast<Engine*>(engine);
    if (self.trained && received != nullptr && target != nullptr)
      self.symbol_noise.symbol(*received, *target);
  };
  symbol_noise = {};
  const qam_report_handler_t wanted = mode.measures_snr ? report : nullptr;
  v29_rx_set_qam_report_handler(&v29, wanted, this);
  v27ter_rx_set_qam_report_handler(&v27ter, wanted, this);
}

void FastReceiver::Engine::train() noexcept {
  switch (mode.modem) {
    case FastModem::none:
      break;
    case FastModem::v27ter:
      v27ter_rx_signal_cutoff(&v27ter, mode.cutoff_dbm0);
      v27ter_rx_restart(&v27ter, mode.bps, FALSE);
      break;
    case FastModem::v29:
      v29_rx_signal_cutoff(&v29, mode.cutoff_dbm0);
      v29_rx_restart(&v29, mode.bps, FALSE);
      break;
    case FastModem::v17:
      train_v17();
      break;
  }
}

void FastReceiver::Engine::receive(std::span<const std::int16_t> samples) noexcept {
  const int count = static_cast<int>(samples.size());
  switch (mode.modem) {
    case FastModem::none:
      break;
    case FastModem::v27ter:
      v27ter_rx(&v27ter, samples.data(), count);
      break;
    case FastModem::v29:
      v29_rx(&v29, samples.data(), count);
      break;
    case FastModem::v17:
      receive_v17(samples);
      break;
  }
}

const power_meter_t& FastReceiver::Engine::meter() const noexcept {
  if (mode.modem == FastModem::v27ter) return v27ter.power;
  return mode.modem == FastModem::v29 ? v29.power : v17.power;
}

void FastReceiver::Engine::look_at_power() noexcept {
  const std::int32_t reading = meter().reading;
  if (parked) return leave_the_park(reading);
  if (!training && !trained) return;
  // The meter follows the signal within 2 ms, which is too lively to report.
  constexpr float share = 1.0F / 8;
  const auto now = static_cast<float>(reading);
  carrier_reading += carrier_reading == 0 ? now : (now - carrier_reading) * share;
  if (trained && !training_short && mode.modem == FastModem::v17 && long_training)
    long_training->level_dbm0 = std::max(long_training->level_dbm0, v17_rx_signal_power(&v17));
}

// spandsp waits for the carrier to drop, which noise above the cutoff prevents for ever. A signal ten times
// the softest since then is a new one.
void FastReceiver::Engine::leave_the_park(std::int32_t reading) noexcept {
  constexpr std::int32_t rise = 10;
  parked_reading = std::min(parked_reading, reading);
  if (reading / rise <= parked_reading) return;
  parked = false;
  train();
}

void FastReceiver::Engine::take_bit(unsigned bit) noexcept {
  if (training_short && !trained) {  // not settled yet
    if (first.bit_count < most_bits) first.bits[first.bit_count++] = static_cast<std::uint8_t>(bit);
    return;
  }
  if (mode.hdlc) {
    hdlc_rx_put_bit(&hdlc, static_cast<int>(bit));
    return;
  }
  octet = octet >> 1 | bit << 7;
  if (++octet_bits < 8) return;
  octet_bits = 0;
  if (!next) listener.fast_octet(static_cast<std::uint8_t>(octet));
  octet = 0;
}

void FastReceiver::Engine::take_status(int status) noexcept {
  if (training_short && !trained && (take_short_status(status) || hears_again)) return;
  switch (status) {
    case SIG_STATUS_TRAINING_IN_PROGRESS:
      training = true;
      v17_clock.begin_to_measure(v17);
      carrier_reading = 0;
      return tell(FastStatus::training);
    case SIG_STATUS_TRAINING_SUCCEEDED:
      return take_trained();
    case SIG_STATUS_TRAINING_FAILED:
      return take_failure();
    case SIG_STATUS_CARRIER_DOWN:
      return take_carrier_down();
    default:
      return;
  }
}

void FastReceiver::Engine::take_trained() noexcept {
  training = false;
  trained = true;
  symbol_noise = {};
  v17_clock.begin_to_measure(v17);
  octet = 0;
  octet_bits = 0;
  hdlc_rx_restart(&hdlc);
  if (mode.modem == FastModem::v27ter) v27ter.gardner_step = v27ter_clock_step;
  if (mode.modem == FastModem::v17 && !training_short)
    long_training = LongTraining{v17.agc_scaling_save, v17_rx_signal_power(&v17)};
  tell(FastStatus::trained);
}

void FastReceiver::Engine::take_failure() noexcept {
  training = false;
  parked = true;
  parked_reading = meter().reading;
  tell(FastStatus::training_failed);
}

// spandsp has just begun anew. Having trained long, its V.17 would now train short by itself.
void FastReceiver::Engine::take_carrier_down() noexcept {
  const bool failed = training;
  const bool lost = trained;
  training = trained = parked = false;
  train();
  if (failed) return tell(FastStatus::training_failed);
  if (!lost) return;
  if (octet_bits != 0 && !next) listener.fast_octet(static_cast<std::uint8_t>(octet >> (8 - octet_bits)));
  octet_bits = 0;
  tell(FastStatus::carrier_lost);
}

FastReceiver::FastReceiver(FastListener& listener) : engine_(std::make_unique<Engine>(listener)) {}
FastReceiver::~FastReceiver() = default;

void FastReceiver::listen(const FastMode& mode) noexcept {
  // spandsp's modems go on in the middle of things after a callback: they begin anew when they have returned.
  if (engine_->hearing)
    engine_->next = mode;
  else
    engine_->begin(mode);
}

void FastReceiver::stop() noexcept {
  listen({});
}

void FastReceiver::hear(std::span<const std::int16_t> samples) noexcept {
  Engine& engine = *engine_;
  while (!samples.empty() && engine.mode.modem != FastModem::none) {
    const std::size_t most = engine.parked ? Engine::short_piece_samples : Engine::piece_samples;
    const auto piece = samples.first(std::min(samples.size(), most));
    samples = samples.subspan(piece.size());
    engine.hearing = true;
    if (engine.training_short && !engine.trained) engine.remember(piece);
    engine.receive(piece);
    if (engine.short_ended != Engine::Short::awaited) engine.settle_short_training();
    engine.hearing = false;
    engine.look_at_power();
    if (!engine.next) continue;
    engine.begin(*engine.next);
    engine.next.reset();
  }
}

float FastReceiver::level_dbm0() const noexcept {
  power_meter_t mean{};
  mean.reading = static_cast<std::int32_t>(engine_->carrier_reading);
  return power_meter_current_dbm0(&mean) + dc_blocker_db;
}

std::optional<float> FastReceiver::snr_db() const noexcept {
  return engine_->symbol_noise.snr_db();
}

void FastReceiver::new_call() noexcept {
  engine_->long_training.reset();
  engine_->v17_clock = {};
  engine_->carrier_reading = 0;
}

}  // namespace modem
