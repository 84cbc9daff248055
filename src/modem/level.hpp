// SPDX-License-Identifier: GPL-2.0-or-later
// How loud the line is, and how quiet it can be. RT safe, no memory of its own beyond the object.
#pragma once

#include <cstdint>
#include <span>

namespace modem {

// The mean power of these samples, without their DC, on spandsp's scale (a sine of amplitude 32767 is +3.14
// dBm0). −96 for silence.
[[nodiscard]] float level_dbm0(std::span<const std::int16_t> samples) noexcept;

// A continuous sine.
class Tone {
 public:
  void begin(float hertz, float level_dbm0) noexcept;
  void say(std::span<std::int16_t> said) noexcept;

 private:
  std::uint32_t phase_ = 0;
  std::int32_t rate_ = 0;
  float amplitude_ = 0;
};

}  // namespace modem
