// SPDX-License-Identifier: GPL-2.0-or-later
// A text of limited length that needs no allocation: for audio loops and for what goes through a ring. Longer
// ones are cut. Trivially copyable.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace base {

template <std::size_t longest>
class ShortText {
 public:
  ShortText() noexcept = default;
  explicit ShortText(std::string_view text) noexcept
      : size_(static_cast<std::uint32_t>(text.size() < longest ? text.size() : longest)) {
    if (size_ != 0) std::memcpy(bytes_.data(), text.data(), size_);  // an empty view may point nowhere
  }
  // Bounded again here: a ShortText that came through a ring is a stranger's.
  [[nodiscard]] std::string_view view() const noexcept {
    return {bytes_.data(), size_ < longest ? size_ : longest};
  }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::array<char, longest> bytes_{};
  std::uint32_t size_ = 0;
};

}  // namespace base
