// SPDX-License-Identifier: GPL-2.0-or-later
// A few words in shared memory that one process keeps true and another looks at now and then: what a line is doing.
// One writer, who never waits; any number of readers, who get either a whole state or none (a sequence lock: the
// version is odd while the words change). Readers do not trust what they read.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

namespace base {

class alignas(64) StatusBoard {
 public:
  static constexpr std::size_t room = 256;  // bytes

  // RT safe.
  template <typename Status>
  void show(const Status& status) noexcept {
    static_assert(std::is_trivially_copyable_v<Status> && sizeof(Status) <= room);
    std::array<std::uint64_t, room / 8> words{};
    std::memcpy(words.data(), &status, sizeof status);
    const std::uint32_t version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i < words.size(); ++i)
      words_[i].store(words[i], std::memory_order_relaxed);
    version_.store(version + 2, std::memory_order_release);
  }

  // nullopt when the writer never wrote, or was writing each time.
  template <typename Status>
  [[nodiscard]] std::optional<Status> read() const noexcept {
    static_assert(std::is_trivially_copyable_v<Status> && sizeof(Status) <= room);
    for (int i = 0; i < tries; ++i) {
      const std::uint32_t before = version_.load(std::memory_order_acquire);
      std::array<std::uint64_t, room / 8> words;
      for (std::size_t n = 0; n < words.size(); ++n)
        words[n] = words_[n].load(std::memory_order_relaxed);
      std::atomic_thread_fence(std::memory_order_acquire);
      if (before == 0 || before % 2 != 0 || version_.load(std::memory_order_relaxed) != before) continue;
      Status status;
      std::memcpy(static_cast<void*>(&status), words.data(), sizeof status);
      return status;
    }
    return std::nullopt;
  }

 private:
  static constexpr int tries = 100;

  std::atomic<std::uint32_t> version_{0};
  std::array<std::atomic<std::uint64_t>, room / 8> words_{};
};

}  // namespace base
