// SPDX-License-Identifier: GPL-2.0-or-later
// The facsimile control field's names (T.30, 5.3.6.1 and table 1), for logs and traces.
#pragma once

#include <cstdint>

namespace t30 {

// "DCS" for 0x83 or 0x82: bit 8 (X) only says who spoke last. nullptr: no such frame. The field as it stands
// in an octet whose first transmitted bit is the lowest.
[[nodiscard]] const char* frame_name(std::uint8_t facsimile_control_field) noexcept;

}  // namespace t30
