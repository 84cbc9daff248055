// SPDX-License-Identifier: GPL-2.0-or-later
// The inside of a FastReceiver: spandsp's states, and what is known of the signal. For fast_receiver.cpp and, of V.17's
// trainings, v17_training.cpp; nobody else includes it.
#pragma once

#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include <array>
#include <limits>
#include <optional>

#include "src/modem/fast_receiver.hpp"
#include "src/modem/spandsp.hpp"
#include "src/modem/symbol_noise.hpp"
#include "src/modem/v17_clock.hpp"

namespace modem {

// Where V.17's short training begins to hear a signal.
struct TrainingStart {
  std::uint32_t phase = 0;  // of the carrier, 2^32 a turn
  int timing = 0;           // of the first symbol, 640 a symbol
  int steps = 0;            // by which the symbols are taken later once the alternations are over
};

// spandsp's states lie in here, so that its init and restart functions take no memory.
struct FastReceiver::Engine {
  // The modem's power is looked at after each piece: 20 ms, or 5 ms where the beginning of a training sequence
  // must not be missed.
  static constexpr std::size_t piece_samples = 160;
  static constexpr std::size_t short_piece_samples = 40;
  // V.17's short training takes 142 ms (V.17, table 3); it is heard again with a bit of the silence before it.
  static constexpr std::size_t heard_samples = 2400;
  static constexpr std::size_t most_bits = 512;  // of V.17 at 14400 bit/s, in a piece

  explicit Engine(FastListener& told) noexcept;

  void begin(const FastMode& wanted) noexcept;
  void measure_snr() noexcept;
  void train() noexcept;
  void train_v17() noexcept;
  void receive(std::span<const std::int16_t> samples) noexcept;
  void receive_v17(std::span<const std::int16_t> samples) noexcept;
  void remember(std::span<const std::int16_t> samples) noexcept;
  void settle_short_training() noexcept;
  [[nodiscard]] bool choose_next_start() noexcept;
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
    V17Clock clock;
    std::array<std::uint8_t, most_bits> bits;
    std::size_t bit_count;
  };
  Trained first{}, best{};                          // before a start, and after the best
  std::array<std::int16_t, heard_samples> heard{};  // last, while a short training is awaited
  std::size_t heard_since_carrier = 0;
  bool hears_again = false;  // what it heard before, from another start
  static constexpr float no_training = std::numeric_limits<float>::max();
  float least_error = no_training;
  TrainingStart start, best_start;
  std::size_t next_start = 0;
  unsigned starts = 0, steps_tried = 0;
  float error_before_steps = 0;
  float carrier_reading = 0;  // of the power meter, a mean
  unsigned octet = 0;
  int octet_bits = 0;
  v17_rx_state_t v17{};
  V17Clock v17_clock;
  SymbolNoise symbol_noise;
  v29_rx_state_t v29{};
  v27ter_rx_state_t v27ter{};
  hdlc_rx_state_t hdlc{};
};

}  // namespace modem
