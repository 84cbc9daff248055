// SPDX-License-Identifier: GPL-2.0-or-later
// From a computed sample to one that fits 16 bits, as a codec would clip it. Anybody may call; RT safe.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hw::exchange {

inline std::int16_t saturate(float sample) noexcept {
  return static_cast<std::int16_t>(std::lrintf(std::clamp(sample, -32768.0F, 32767.0F)));
}

}  // namespace hw::exchange
