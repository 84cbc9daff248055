// SPDX-License-Identifier: GPL-2.0-or-later
// spandsp's own detector (super_tone_rx, 0.0.6) is not used: it takes any sound for a tone that has 1/64 of its energy
// there, which noise and speech have, and it hears nothing below -42 dBm0.
#include "src/modem/call_progress.hpp"

#include <algorithm>
#include <cmath>

#include "src/modem/high_pass.hpp"
#include "src/modem/step_sound.hpp"

namespace modem {
namespace {

constexpr std::uint32_t block_ms = tone_block_samples / 8;

// Softer is silence. A line may bring an exchange's -20 dBm0 at -35, and Australia's congestion tone has steps that are
// 10 dB softer still.
constexpr float softest_dbm0 = -48;
const float softest_energy =
    tone_block_samples * std::pow(10.0F, (softest_dbm0 - 3.14F) / 10) * 32767.0F * 32767.0F / 2;

// Of an exchange's clock, and of a block at each end.
constexpr std::uint32_t tolerance_percent = 15;
constexpr std::uint32_t tolerance_ms = 20;
constexpr std::uint32_t cadence_known_ms = 1400;
constexpr std::uint32_t continuous_known_ms = 1500;

// Listens for one cadence.
class Listener {
 public:
  explicit Listener(const ToneCadence& cadence) : tone_(cadence.tone) {
    for (const ToneStep& step : cadence.steps)
      add(step);
    // The last step goes on in the first.
    if (steps_.size() > 1 && steps_.front().sound == steps_.back().sound) {
      steps_.front().ms += steps_.back().ms;
      steps_.pop_back();
    }
    leave_out_repetitions();
    in_a_row_.resize(steps_.size());
    enough_ = steps_needed();
  }

  [[nodiscard]] ProgressTone tone() const noexcept { return tone_; }
  [[nodiscard]] bool audible() const noexcept { return !sounds_.empty(); }

  void restart() noexcept {
    std::fill(in_a_row_.begin(), in_a_row_.end(), 0);
    known_ = false;
    sound_ = doubtful_ = 0;
    blocks_ = 0;
  }

  // True when the cadence has just been recognised.
  bool hear(const ToneBlock& block, float energy) noexcept {
    const std::size_t sound = sound_in(block, energy);
    // A single block is a click, or the moment when two tones are out of phase.
    const bool over = sound != sound_ && sound == doubtful_;
    bool recognised = false;
    if (over) {
      recognised = step_over();
      sound_ = sound;
      blocks_ = 1;
    }
    doubtful_ = sound;
    ++blocks_;
    return recognised || continuous_tone_known();
  }

 private:
  struct Step {
    std::size_t sound;  // 0: silence, or any other sound
    std::uint32_t ms;
    bool operator==(const Step&) const noexcept = default;
    [[nodiscard]] bool fits(std::size_t heard, std::uint64_t heard_ms) const noexcept {
      return heard == sound && heard_ms * 100 + tolerance_ms * 100 >= ms * (100 - tolerance_percent) &&
             heard_ms * 100 <= ms * (100 + tolerance_percent) + tolerance_ms * 100;
    }
  };

  // What comes after a step that goes on for ever is never heard, and what comes before it only once.
  void add(const ToneStep& step) {
    if (continuous_) return;
    const std::size_t sound = number_of(StepSound(step));
    continuous_ = step.ms == 0;
    if (continuous_) steps_.clear();
    if (!steps_.empty() && steps_.back().sound == sound)
      steps_.back().ms += step.ms;
    else
      steps_.push_back({sound, step.ms});
  }

  std::size_t number_of(const StepSound& sound) {
    if (sound.silent()) return 0;
    const auto known = std::find(sounds_.begin(), sounds_.end(), sound);
    const auto number = static_cast<std::size_t>(known - sounds_.begin()) + 1;
    if (known == sounds_.end()) sounds_.push_back(sound);
    return number;
  }

  // Two cadences that sound alike shall be recognised at the same time.
  void leave_out_repetitions() {
    for (std::size_t period = 1; period < steps_.size(); ++period)
      if (steps_.size() % period == 0 &&
          std::equal(steps_.begin() + static_cast<std::ptrdiff_t>(period), steps_.end(), steps_.begin()))
        steps_.resize(period, steps_.front());
  }

  // From whichever step on: a whole cycle and a step, and long enough.
  [[nodiscard]] std::uint32_t steps_needed() const {
    if (steps_.size() < 2) return 0;
    std::size_t needed = steps_.size() + 1;
    for (std::size_t first = 0; first < steps_.size(); ++first) {
      std::uint32_t ms = 0;
      std::size_t count = 0;
      while (count < needed || ms < cadence_known_ms) {
        ms += steps_[(first + count) % steps_.size()].ms;
        ++count;
      }
      needed = count;
    }
    return static_cast<std::uint32_t>(needed);
  }

  [[nodiscard]] std::size_t sound_in(const ToneBlock& block, float whole) const noexcept {
    if (whole < softest_energy) return 0;
    std::size_t best = 0;
    float best_energy = 0;
    for (std::size_t i = 0; i < sounds_.size(); ++i) {
      const float energy = sounds_[i].energy(block, whole);
      if (energy <= best_energy) continue;
      best_energy = energy;
      best = i + 1;
    }
    return best;
  }

  // What was heard last may be any step of the cycle: each has its own count of how many steps in a row led to it. It is
  // recognised at the end of a sound, so that there were two of them, and once as long as it goes on.
  bool step_over() noexcept {
    if (steps_.size() < 2) return false;
    const std::uint64_t ms = (blocks_ - 1ULL) * block_ms;
    const bool was_known = known_;
    bool goes_on = false;
    std::uint32_t before = in_a_row_.back();
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const std::uint32_t now = steps_[i].fits(sound_, ms) ? before + 1 : 0;
      before = in_a_row_[i];
      in_a_row_[i] = now;
      goes_on = goes_on || now >= enough_;
    }
    known_ = goes_on && (was_known || sound_ != 0);
    return known_ && !was_known;
  }

  [[nodiscard]] bool continuous_tone_known() const noexcept {
    constexpr std::uint32_t enough = (continuous_known_ms + block_ms - 1) / block_ms;
    return steps_.size() == 1 && sound_ == steps_[0].sound && blocks_ == enough;
  }

  ProgressTone tone_;
  std::vector<StepSound> sounds_;
  std::vector<Step> steps_;
  bool continuous_ = false;
  std::uint32_t enough_ = 0;
  std::vector<std::uint32_t> in_a_row_;  // a count for each step
  bool known_ = false;
  std::size_t sound_ = 0;     // goes on ...
  std::size_t doubtful_ = 0;  // ... though the last block had this one
  std::uint32_t blocks_ = 0;  // of the sound that goes on
};

}  // namespace

struct CallProgress::Listeners {
  std::vector<Listener> all;
  HighPass without_dc;
  ToneBlock block{};
  std::size_t filled = 0;

  ProgressTone hear_block() noexcept {
    const float energy = energy_of(block);
    ProgressTone recognised = ProgressTone::none;
    for (Listener& listener : all)
      if (listener.hear(block, energy) && recognised == ProgressTone::none) recognised = listener.tone();
    return recognised;
  }
};

CallProgress::CallProgress(const std::vector<ToneCadence>& cadences)
    : listeners_(std::make_unique<Listeners>()) {
  for (const ToneCadence& cadence : cadences)
    if (Listener listener(cadence); listener.audible()) listeners_->all.push_back(std::move(listener));
}

CallProgress::~CallProgress() = default;

void CallProgress::restart() noexcept {
  for (Listener& listener : listeners_->all)
    listener.restart();
  listeners_->without_dc = {};
  listeners_->filled = 0;
}

ProgressTone CallProgress::hear(std::span<const std::int16_t> samples) noexcept {
  ProgressTone recognised = ProgressTone::none;
  for (const std::int16_t sample : samples) {
    listeners_->block[listeners_->filled] = listeners_->without_dc(sample);
    if (++listeners_->filled < tone_block_samples) continue;
    listeners_->filled = 0;
    const ProgressTone tone = listeners_->hear_block();
    if (recognised == ProgressTone::none) recognised = tone;
  }
  return recognised;
}

}  // namespace modem
