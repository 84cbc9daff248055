// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/rt/allocations.hpp"

#include <cerrno>
#include <cstddef>

// glibc's own names for its own functions: what dlsym(RTLD_NEXT) would find, without its allocations.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* memory);
}
// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)

namespace {

thread_local std::uint64_t* counter = nullptr;

void note() noexcept {
  if (counter != nullptr) ++*counter;
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  note();
  return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) {
  note();
  return __libc_calloc(count, size);
}

void* realloc(void* memory, std::size_t size) {
  note();
  return __libc_realloc(memory, size);
}

void* memalign(std::size_t alignment, std::size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) {
  note();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  note();
  *memory = __libc_memalign(alignment, size);
  return *memory == nullptr ? ENOMEM : 0;
}

// As forbidden in an audio loop as the others: it takes the same locks.
void free(void* memory) {
  if (memory != nullptr) note();
  __libc_free(memory);
}
}

namespace rt {

CountAllocations::CountAllocations(std::uint64_t& calls) noexcept {
  counter = &calls;
}

CountAllocations::~CountAllocations() {
  counter = nullptr;
}

}  // namespace rt
