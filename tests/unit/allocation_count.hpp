// SPDX-License-Identifier: GPL-2.0-or-later
// How often this program, its libraries among it, asked for memory. The test program's malloc stands before the
// C library's.
#pragma once

#include <cstddef>

namespace allocation_test {

// The sanitizers have a malloc of their own: there nothing is counted.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool counted = false;
#else
constexpr bool counted = true;
#endif

[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace allocation_test
