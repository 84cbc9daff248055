// SPDX-License-Identifier: GPL-2.0-or-later
// Hears the tones by which an exchange says that the other end has hung up: busy, congestion and dial tone, each
// as the country has it. One owner, one thread; hear() and restart() are RT safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace modem {

enum class ProgressTone : std::uint8_t { none, busy, congestion, dial };

// One sound of a cadence. frequency 0: silence; a single frequency: the second is 0; ms 0: it goes on for ever.
struct ToneStep {
  std::uint16_t first_hz = 0, second_hz = 0;
  std::uint16_t ms = 0;
};
// Repeated for ever. One of silence alone is never recognised.
struct ToneCadence {
  ProgressTone tone = ProgressTone::none;
  std::vector<ToneStep> steps;
};

class CallProgress {
 public:
  // Throws std::bad_alloc when there is no memory.
  explicit CallProgress(const std::vector<ToneCadence>& cadences);
  ~CallProgress();
  CallProgress(const CallProgress&) = delete;
  CallProgress& operator=(const CallProgress&) = delete;

  void restart() noexcept;
  // The tone that was recognised since the last call, else none; once for as long as it goes on. A cadence is known
  // when at least a whole cycle and a step, two sounds and 1.4 s have been heard of it, from any of its steps on; a
  // continuous tone after 1.5 s. Where two cadences are alike, it is told as the one that was given first.
  ProgressTone hear(std::span<const std::int16_t> samples) noexcept;

 private:
  struct Listeners;
  std::unique_ptr<Listeners> listeners_;
};

}  // namespace modem
