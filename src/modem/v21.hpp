// SPDX-License-Identifier: GPL-2.0-or-later
// V.21 channel 2, 300 bit/s, with HDLC frames: the modem of T.30's binary coded signalling (T.30, 5.3), both
// ways. Octets are as T.30 counts them, the first transmitted bit the lowest: address, control, facsimile
// control field, ... All memory is taken when an object is made; everything else is RT safe. One owner, one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace modem {

// What a V21Receiver tells, from within hear().
class V21Listener {
 public:
  virtual ~V21Listener() = default;
  virtual void v21_carrier(bool up) noexcept = 0;
  // Five flags in a row: a preamble has begun, or frames follow each other. Told once, and again after
  // something else than flags was heard. A single flag between two frames is not told.
  virtual void v21_flags() noexcept = 0;
  virtual void v21_frame(std::span<const std::uint8_t> octets) noexcept = 0;  // good check sequence
  // A frame with a bad one, or cut, or too long. After two such in a row, or aborts, the receiver takes what
  // it hears for noise and waits for flags in a row again.
  virtual void v21_bad_frame() noexcept = 0;
};

class V21Receiver {
 public:
  // T.30 wants receivers to hear down to −43 dBm.
  static constexpr float default_cutoff_dbm0 = -46;
  static constexpr std::size_t longest_frame = 400;  // octets, without the check sequence

  explicit V21Receiver(V21Listener& listener);  // throws std::bad_alloc when there is no memory
  ~V21Receiver();
  V21Receiver(const V21Receiver&) = delete;
  V21Receiver& operator=(const V21Receiver&) = delete;

  // Forgets what was heard so far; a carrier that is there is told again. A listener may call it.
  void restart(float cutoff_dbm0 = default_cutoff_dbm0) noexcept;
  void hear(std::span<const std::int16_t> samples) noexcept;

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

class V21Transmitter {
 public:
  static constexpr std::size_t most_frames = 4;
  static constexpr std::size_t longest_frame = 128;  // octets, address and control among them

  V21Transmitter();  // throws std::bad_alloc when there is no memory
  ~V21Transmitter();
  V21Transmitter(const V21Transmitter&) = delete;
  V21Transmitter& operator=(const V21Transmitter&) = delete;

  static constexpr float usual_level_dbm0 = -13;
  // Forgets what is left to say, too.
  void set_level(float dbm0) noexcept;
  // Forgets what is left to say.
  void clear() noexcept;
  // A frame to go out after those added before, all behind one preamble of flags, 1 s (T.30, 5.3.1: ± 15 %).
  // May be called while the frames before are being said. False: it is empty, too long, or one too many.
  bool add(std::span<const std::uint8_t> octets) noexcept;
  // Fills `said` as far as there is something to say and returns how many samples that was; fewer than
  // said.size(): all is said, and the object is ready for add() again. The rest of `said` is not touched.
  std::size_t say(std::span<std::int16_t> said) noexcept;
  [[nodiscard]] bool has_something_to_say() const noexcept;

 private:
  struct Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace modem
