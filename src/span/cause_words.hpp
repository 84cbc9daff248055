// SPDX-License-Identifier: GPL-2.0-or-later
// The causes of ITU-T Q.850 that an operator meets, in words: for the log; dahdi-faxrx(8) has them with what to do.
#pragma once

namespace span {

[[nodiscard]] const char* words_of(unsigned cause) noexcept;

}  // namespace span
