// SPDX-License-Identifier: GPL-2.0-or-later
// ITU-T G.711: samples to octets and back. The octets are the Recommendation's as they stand on a wire: µ-law
// inverted (silence is 0xff), A-law with its even bits inverted (silence is 0xd5). Anybody may call; RT safe.
#pragma once

#include <cstdint>

namespace modem {

[[nodiscard]] std::uint8_t ulaw_of(std::int16_t sample) noexcept;
[[nodiscard]] std::uint8_t alaw_of(std::int16_t sample) noexcept;
[[nodiscard]] std::int16_t sample_of_ulaw(std::uint8_t octet) noexcept;
[[nodiscard]] std::int16_t sample_of_alaw(std::uint8_t octet) noexcept;

}  // namespace modem
