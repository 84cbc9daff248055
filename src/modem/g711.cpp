// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/modem/g711.hpp"

#include "src/modem/spandsp.hpp"

namespace modem {

std::uint8_t ulaw_of(std::int16_t sample) noexcept {
  return linear_to_ulaw(sample);
}
std::uint8_t alaw_of(std::int16_t sample) noexcept {
  return linear_to_alaw(sample);
}
std::int16_t sample_of_ulaw(std::uint8_t octet) noexcept {
  return ulaw_to_linear(octet);
}
std::int16_t sample_of_alaw(std::uint8_t octet) noexcept {
  return alaw_to_linear(octet);
}

}  // namespace modem
