// SPDX-License-Identifier: GPL-2.0-or-later
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include "src/modem/fast_receiver.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "src/modem/spandsp.hpp"

namespace modem {
namespace {

constexpr int flags_before_a_frame = 5;
constexpr std::size_t longest_frame = 400;
// The modem's power is looked at after each piece: 20 ms, or 5 ms where the beginning of a training sequence
// must not be missed.
constexpr std::size_t piece_samples = 160;
constexpr std::size_t short_piece_samples = 40;
// Measured with spandsp 0.0.6: of V.17's short trainings 2 in 945 fail when the carrier is detected 22-26 dB
// below its level, and up to 8 of 8 at other distances.
constexpr float short_training_distance_db = 24;
// What spandsp adds to its meter for the loss in its DC blocker.
constexpr float dc_blocker_db = 3.98F;
// spandsp's V.27ter follows the caller's clock with a step of 2 once it is trained, and at 100 ppm it loses it after
// 3 s. Measured with 8: no error in 40 s, and no more in noise than before.
constexpr int v27ter_clock_step = 8;

// V.17's short training takes 142 ms (V.17, table 3); it is heard again with a bit of the silence before it.
constexpr std::size_t heard_samples = 2400;
constexpr std::size_t silence_samples = 4 * piece_samples;
// spandsp's short training fails where the carrier begins in one quarter of its circle (measured: 33 of 256), and when
// it begins between two symbols it ends with an error above this and bit errors in the first 0.2 s.
constexpr float good_training_error = 10;
struct Start {
  std::uint32_t phase;  // of the carrier, 2^32 a turn
  int timing;           // of the symbols, 640 a symbol
};
constexpr std::array<Start, 3> other_starts = {{{1U << 30U, 160}, {2U << 30U, 80}, {3U << 30U, 240}}};
constexpr std::size_t most_bits = 512;  // of V.17 at 14400 bit/s, in a piece

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

// spandsp's states lie in here, so that its init and restart functions take no memory.
struct FastReceiver::Engine {
  explicit Engine(FastListener& told) noexcept;

  void begin(const FastMode& wanted) noexcept;
  void train() noexcept;
  void train_v17() noexcept;
  void receive(std::span<const std::int16_t> samples) noexcept;
  void remember(std::span<const std::int16_t> samples) noexcept;
  void settle_short_training() noexcept;
  void keep_if_best() noexcept;
  void look_at_power() noexcept;
  void leave_the_park(std::int32_t reading) noexcept;
  [[nodiscard]] const power_meter_t& meter() const noexcept;

  void take_bit(unsigned bit) noexcept;
  void take_status(int status) noexcept;
  bool take_short_status(int status) noexcept;
  void take_trained() noexcept;
  void take_failure() noexcept;
  void take_carrier_down() noexcept;
  void tell(FastStatus status) noexcept {
    if (!next) listener.fast_status(status);
  }

  // V.17's short training builds on these; spandsp keeps the rest (equalizer, carrier frequency).
  struct LongTraining {
    float agc_scaling;
    float level_dbm0;
  };

  FastListener& listener;
  FastMode mode;
  std::optional<FastMode> next;  // what the listener asked for from within hear()
  std::optional<LongTraining> long_training;
  bool hearing = false;
  bool training_short = false;
  bool training = false;  // told, and not yet how it ended
  bool trained = false;
  bool parked = false;  // spandsp does nothing after a failure until the carrier drops
  std::int32_t parked_reading = 0;
  // A short training that has just ended, one way or the other; its first bits wait.
  enum class Short : std::uint8_t { awaited, succeeded, failed } short_ended = Short::awaited;
  struct Trained {
    v17_rx_state_t state;
    std::array<std::uint8_t, most_bits> bits;
    std::size_t bit_count;
  };
  Trained first{}, best{};                          // before a start, and after the best
  std::array<std::int16_t, heard_samples> heard{};  // last, while a short training is awaited
  std::size_t heard_since_carrier = 0;
  bool hears_again = false;  // what it heard before, from another start
  static constexpr float no_training = std::numeric_limits<float>::max();
  float least_error = no_training;
  std::size_t next_start = 0;
  float carrier_reading = 0;  // of the power meter, a mean
  unsigned octet = 0;
  int octet_bits = 0;
  v17_rx_state_t v17{};
  v29_rx_state_t v29{};
  v27ter_rx_state_t v27ter{};
  hdlc_rx_state_t hdlc{};
};

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
  train();
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

void FastReceiver::Engine::train_v17() noexcept {
  float cutoff = mode.cutoff_dbm0;
  training_short = training_short && long_training;  // a new call may have begun
  if (training_short) {
    // A long training that failed, or was only begun, since then has taken it away.
    v17.agc_scaling_save = long_training->agc_scaling;
    cutoff = std::max(mode.short_cutoff_dbm0, long_training->level_dbm0 - short_training_distance_db);
  }
  v17_rx_signal_cutoff(&v17, cutoff);
  v17_rx_restart(&v17, mode.bps, training_short ? TRUE : FALSE);
  first.state = v17;
  first.bit_count = 0;
  least_error = no_training;
  next_start = 0;
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
      v17_rx(&v17, samples.data(), count);
      break;
  }
}

void FastReceiver::Engine::remember(std::span<const std::int16_t> samples) noexcept {
  std::copy(heard.begin() + static_cast<std::ptrdiff_t>(samples.size()), heard.end(), heard.begin());
  std::copy(samples.begin(), samples.end(), heard.end() - static_cast<std::ptrdiff_t>(samples.size()));
  heard_since_carrier = v17.signal_present > 0 ? heard_since_carrier + samples.size() : 0;
}

// What was heard is heard again from other starts, as long as none was good; the best one goes on.
void FastReceiver::Engine::settle_short_training() noexcept {
  keep_if_best();
  while (least_error > good_training_error && next_start < other_starts.size()) {
    v17 = first.state;
    v17.carrier_phase = other_starts[next_start].phase;
    v17.eq_put_step += other_starts[next_start].timing;
    ++next_start;
    first.bit_count = 0;
    short_ended = Short::awaited;
    hears_again = true;
    receive(std::span(heard).last(std::min(heard_samples, heard_since_carrier + silence_samples)));
    hears_again = false;
    // A start that failed early may have left another one in the middle of the sequence: it goes on.
    if (short_ended == Short::awaited && least_error == no_training) return;
    keep_if_best();
  }
  short_ended = Short::awaited;
  if (least_error == no_training) return take_failure();
  v17 = best.state;
  take_trained();
  for (std::size_t i = 0; i < best.bit_count; ++i)
    take_bit(best.bits[i]);
}

void FastReceiver::Engine::keep_if_best() noexcept {
  if (short_ended != Short::succeeded || v17.training_error >= least_error) return;
  least_error = v17.training_error;
  best.state = v17;
  best.bits = first.bits;
  best.bit_count = first.bit_count;
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

// How a short training ended is settled before it is told.
bool FastReceiver::Engine::take_short_status(int status) noexcept {
  if (status == SIG_STATUS_TRAINING_SUCCEEDED)
    short_ended = Short::succeeded;
  else if (status == SIG_STATUS_TRAINING_FAILED ||
           ((training || hears_again) && status == SIG_STATUS_CARRIER_DOWN))
    short_ended = Short::failed;
  return short_ended != Short::awaited;
}

void FastReceiver::Engine::take_trained() noexcept {
  training = false;
  trained = true;
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
    const std::size_t most = engine.parked ? short_piece_samples : piece_samples;
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

void FastReceiver::new_call() noexcept {
  engine_->long_training.reset();
  engine_->carrier_reading = 0;
}

}  // namespace modem
