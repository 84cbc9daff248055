// SPDX-License-Identifier: GPL-2.0-or-later
// A recorded caller can't react: once we answer otherwise than the machine that was recorded, what follows
// proves nothing. This tells at which second that was, by the V.21 frames on both sides. Not RT safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace hw {

// Both begin at the answer. One sentence for the operator: where the two part, or that they don't.
std::string compare_answers(std::span<const std::int16_t> recorded, std::span<const std::int16_t> said);

}  // namespace hw
