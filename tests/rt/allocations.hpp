// SPDX-License-Identifier: GPL-2.0-or-later
// Counts every call of malloc and its family that this thread makes, from wherever: the program that links
// allocations.cpp defines them, and so every library in it calls these. Not for sanitizer builds, which do the
// same. For tests and benchmarks.
#pragma once

#include <cstdint>

namespace rt {

// Counts while it lives; one a thread at a time, and what it counted is added to what the last one did.
class CountAllocations {
 public:
  explicit CountAllocations(std::uint64_t& calls) noexcept;
  ~CountAllocations();
  CountAllocations(const CountAllocations&) = delete;
  CountAllocations& operator=(const CountAllocations&) = delete;
};

}  // namespace rt
