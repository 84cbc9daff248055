// SPDX-License-Identifier: GPL-2.0-or-later
// Two looks at the bits of a fast modem while they come, eight at a time, first received bit lowest: whether TCF
// is good, and how long a row takes. RT safe.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace t30 {

// The training check, TCF: 1.5 s of zeros (T.30, 5.3.6.1.2). Good: zeros without a break for 1.0 s, with error
// correction 0.5 s, since that mends what is left; and no more than 10 % of it wrong.
class TrainingCheck {
 public:
  void begin(std::uint16_t bps, bool ecm) noexcept { *this = TrainingCheck{bps, ecm}; }
  void octet(std::uint8_t octet) noexcept {
    octets_ += 1;
    ones_ += static_cast<std::uint32_t>(std::popcount(octet));
    zeros_ = octet == 0 ? zeros_ + 8 : 0;
    longest_ = std::max(longest_, zeros_);
  }
  [[nodiscard]] bool good() const noexcept {
    return longest_ * (ecm_ ? 2U : 1U) >= bps_ && ones_ * 10 <= octets_ * 8;
  }
  [[nodiscard]] std::uint32_t longest_ms() const noexcept { return bps_ == 0 ? 0 : longest_ * 1000 / bps_; }
  [[nodiscard]] std::uint32_t wrong_permille() const noexcept {
    return octets_ == 0 ? 0 : ones_ * 1000 / (octets_ * 8);
  }
  [[nodiscard]] std::uint32_t octets() const noexcept { return octets_; }

  TrainingCheck() noexcept = default;

 private:
  TrainingCheck(std::uint16_t bps, bool ecm) noexcept : bps_(bps), ecm_(ecm) {}
  std::uint32_t bps_ = 0;
  bool ecm_ = false;
  std::uint32_t octets_ = 0, ones_ = 0, zeros_ = 0, longest_ = 0;
};

// Ends of lines, 11 zeros and a one (T.4, 4.1.2), and the time since the last of them.
class RowClock {
 public:
  void begin(std::uint16_t bps) noexcept { *this = RowClock{bps}; }
  // True when an end of line was in this octet.
  bool octet(std::uint8_t octet) noexcept {
    if (octet == 0) {
      zeros_ += 8;
      bits_ += 8;
      return false;
    }
    const auto before_one = static_cast<std::uint32_t>(std::countr_zero(octet));
    const bool end_of_line = zeros_ + before_one >= 11;
    zeros_ = static_cast<std::uint32_t>(std::countl_zero(octet));
    if (end_of_line) {
      together_ = bits_ + before_one + 1 <= longest_empty_line_bits ? together_ + 1 : 1;
      bits_ = 7 - before_one;
    } else {
      bits_ += 8;
    }
    return end_of_line;
  }
  // RTC, six ends of lines together (T.4, 4.1.4): the image is over, whatever the carrier still says.
  [[nodiscard]] bool image_is_over() const noexcept { return together_ >= 6; }
  // T.4, 2.2: no row takes 5 s.
  [[nodiscard]] bool row_too_long() const noexcept { return bits_ > 5 * bps_; }

  RowClock() noexcept = default;

 private:
  explicit RowClock(std::uint16_t bps) noexcept : bps_(bps) {}
  // An end of line and its tag bit. A blank row of MR, coded after the one above, has one bit more.
  static constexpr std::uint32_t longest_empty_line_bits = 13;
  std::uint32_t bps_ = 0;
  std::uint32_t bits_ = 0;  // since the last end of line
  std::uint32_t zeros_ = 0, together_ = 0;
};

}  // namespace t30
