// SPDX-License-Identifier: GPL-2.0-or-later
// Whether these tests run under the address sanitizer: its shadow memory is terabytes of addresses, and its programs make
// system calls of their own, so the sandbox is wider there (src/base/sandbox.hpp).
#pragma once

namespace unit {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool sanitizer_build = true;
#else
inline constexpr bool sanitizer_build = false;
#endif

}  // namespace unit
