// SPDX-License-Identifier: GPL-2.0-or-later
// Hears one of the fast modems of T.30, V.27ter, V.29 or V.17 (all spandsp's), and gives what it says: octets,
// or HDLC frames for the error correction mode (T.4, annex A). All memory is taken when it is made; hear() and
// listen() are RT safe. One owner, one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

namespace modem {

enum class FastModem : std::uint8_t { none, v27ter, v29, v17 };

enum class FastStatus : std::uint8_t {
  // A carrier, and something like a training sequence; `trained` or `training_failed` follows.
  training,
  // What follows is data.
  trained,
  // Also without `training`: another signal, or noise. The modem listens on by itself for another training
  // sequence, once the line was quieter than the cutoff, or 10 dB quieter than what is heard then.
  training_failed,
  // After `trained`. The modem listens on by itself, with the same length of training.
  carrier_lost
};

struct FastMode {
  FastModem modem = FastModem::none;
  std::uint16_t bps = 0;  // V.27ter 2400, 4800; V.29 7200, 9600; V.17 7200, 9600, 12000, 14400
  // V.17 only: resynchronisation with the signal of the last long training. Without one since new_call(), a
  // long training is expected.
  bool short_training = false;
  bool hdlc = false;           // frames, not octets
  float cutoff_dbm0 = -45.5F;  // quieter is no carrier
  bool measures_snr = false;   // V.27ter and V.29 only: snr_db() of what comes
  // For V.17 with short training the cutoff is not that one, but 24 dB below the level of the last long
  // training (spandsp's first carrier detection otherwise leaves its symbol timing near an ambiguity), and
  // never below this: give it the measured noise + 5 dB, since a carrier that never drops stops the modem.
  float short_cutoff_dbm0 = -66;
};

// What a FastReceiver tells, from within hear().
class FastListener {
 public:
  virtual ~FastListener() = default;
  virtual void fast_status(FastStatus status) noexcept = 0;
  // 8 bits; the first received is the lowest. The last octet before carrier_lost is filled up with zeros.
  virtual void fast_octet(std::uint8_t octet) noexcept = 0;
  // An HDLC frame with a good check sequence, from its address on, without the check sequence; at most 400
  // octets.
  virtual void fast_frame(std::span<const std::uint8_t> octets) noexcept = 0;
};

class FastReceiver {
 public:
  explicit FastReceiver(FastListener& listener);  // throws std::bad_alloc when there is no memory
  ~FastReceiver();
  FastReceiver(const FastReceiver&) = delete;
  FastReceiver& operator=(const FastReceiver&) = delete;

  // Begins to listen; ends what was before. A rate that the modem does not have: listens to nothing.
  // A listener may call listen() and stop(): nothing more is told of the mode that was, and
  // up to 20 ms of what hear() was given are lost to the new one.
  void listen(const FastMode& mode) noexcept;
  void stop() noexcept;
  void hear(std::span<const std::int16_t> samples) noexcept;
  // Of the carrier now, or when it was last there: a mean over some 150 ms.
  [[nodiscard]] float level_dbm0() const noexcept;
  // Of the symbols behind the equalizer, since they came trained; kept until listen(). None: not measured, or
  // too short.
  [[nodiscard]] std::optional<float> snr_db() const noexcept;
  // Forgets the last long training: a new call.
  void new_call() noexcept;

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace modem
