// SPDX-License-Identifier: GPL-2.0-or-later
// What every fuzzer here says: bytes in; a sentence (base::Failure) is a fine answer, everything else that is thrown and every
// sanitizer's report is a find.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "src/base/errors.hpp"

void try_bytes(std::span<const std::uint8_t> bytes);

inline std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

extern "C" inline __attribute__((used)) int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                                                   std::size_t size) {
  try {
    try_bytes({data, size});
  } catch (const base::Failure&) {
  }
  return 0;
}
