// SPDX-License-Identifier: GPL-2.0-or-later
// How a digital channel codes its samples (ITU-T G.711).
#pragma once

#include <cstdint>

namespace hw {

enum class Law : std::uint8_t { unknown, mu, a };

}  // namespace hw
