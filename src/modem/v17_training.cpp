// SPDX-License-Identifier: GPL-2.0-or-later
// How V.17 trains: spandsp's short training made to succeed, and its timing made to follow the caller's clock.
#include <algorithm>
#include <cmath>

#include "src/modem/fast_receiver_engine.hpp"

namespace modem {
namespace {

// Measured with spandsp 0.0.6: of V.17's short trainings 2 in 945 fail when the carrier is detected 22-26 dB
// below its level, and up to 8 of 8 at other distances.
constexpr float short_training_distance_db = 24;
constexpr std::size_t silence_before_training_samples = 640;
// spandsp's short training fails where the carrier begins in one quarter of its circle (measured: 33 of 256), and where
// the first symbol is taken right between two, from where its timing does not find away.
constexpr std::array<TrainingStart, 3> other_starts = {
    {{1U << 30U, 160, 0}, {2U << 30U, 80, 0}, {3U << 30U, 240, 0}}};
// It ends with the symbols sampled a bit beside where the equalizer was trained to have them, most with a caller whose
// clock is slow; from an error of 12 on, the first 0.2 s of a page have wrong bits. Measured over 60 of them: so much is
// the error of a sample taken so far beside, and it does not matter to which side.
constexpr float good_training_error = 4, poor_training_error = 12;
constexpr float error_of_a_step = 0.0085F;  // times the steps squared; 640 steps are a symbol
constexpr float most_steps = 60;
constexpr unsigned most_starts = 7;  // each takes some 0.2 ms

}  // namespace

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
  first.clock = v17_clock;
  first.bit_count = 0;
  least_error = no_training;
  start = best_start = {};
  next_start = 0;
  starts = steps_tried = 0;
}

void FastReceiver::Engine::receive_v17(std::span<const std::int16_t> samples) noexcept {
  while (!samples.empty()) {
    const auto piece = samples.first(std::min(samples.size(), piece_samples));
    samples = samples.subspan(piece.size());
    v17_clock.correct(v17, piece.size());
    v17_rx(&v17, piece.data(), static_cast<int>(piece.size()));
    const bool equalizer_learns = training && !training_short;
    if (trained || equalizer_learns) v17_clock.measure(v17, equalizer_learns);
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
  while (choose_next_start()) {
    v17 = first.state;
    v17_clock = first.clock;
    v17.carrier_phase = start.phase;
    v17.eq_put_step += start.timing;
    first.bit_count = 0;
    short_ended = Short::awaited;
    hears_again = true;
    receive(std::span(heard).last(
        std::min(heard_samples, heard_since_carrier + silence_before_training_samples)));
    hears_again = false;
    // A start that failed early may have left another one in the middle of the sequence: it goes on.
    if (short_ended == Short::awaited && least_error == no_training) return;
    keep_if_best();
  }
  short_ended = Short::awaited;
  if (least_error == no_training) return take_failure();
  v17 = best.state;
  v17_clock = best.clock;
  take_trained();
  for (std::size_t i = 0; i < best.bit_count; ++i)
    take_bit(best.bits[i]);
}

// Another start until one trains; from there, as many steps to each side as its error says; and where that is no good
// either, another start.
bool FastReceiver::Engine::choose_next_start() noexcept {
  if (least_error <= good_training_error || starts == most_starts) return false;
  ++starts;
  if (least_error != no_training && steps_tried < 2) {
    const auto steps =
        static_cast<int>(std::min(most_steps, std::sqrt(error_before_steps / error_of_a_step)));
    start = best_start;
    start.steps = steps_tried++ == 0 ? -steps : steps;
    return true;
  }
  if (next_start == other_starts.size() || least_error <= poor_training_error) return false;
  start = other_starts[next_start++];
  return true;
}

void FastReceiver::Engine::keep_if_best() noexcept {
  if (short_ended != Short::succeeded || v17.training_error >= least_error) return;
  least_error = v17.training_error;
  best_start = start;
  if (start.steps == 0) {
    error_before_steps = least_error;
    steps_tried = 0;
  }
  best.state = v17;
  best.clock = v17_clock;
  best.bits = first.bits;
  best.bit_count = first.bit_count;
}

// How a short training ended is settled before it is told.
bool FastReceiver::Engine::take_short_status(int status) noexcept {
  // The alternations, which hold the timing fast, are over; 63 symbols are left.
  if (status == SIG_STATUS_TRAINING_IN_PROGRESS) v17.eq_put_step += start.steps;
  if (status == SIG_STATUS_TRAINING_SUCCEEDED)
    short_ended = Short::succeeded;
  else if (status == SIG_STATUS_TRAINING_FAILED ||
           ((training || hears_again) && status == SIG_STATUS_CARRIER_DOWN))
    short_ended = Short::failed;
  return short_ended != Short::awaited;
}

}  // namespace modem
