// SPDX-License-Identifier: GPL-2.0-or-later
// One row of a page from its code words: ITU-T T.4's one- and two-dimensional coding (T.6 is the latter). Exact
// where libtiff's codec is lenient: a row that is not as wide as it must be is told, never padded or cut. For
// decode_page alone. Work is linear in the bits read.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace page {

// Reads code words; beyond the bytes' end there are zeros, which are no code word.
class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}
  void go_to(std::size_t bit) noexcept {
    next_ = bit / 8;
    bits_ = 0;
    count_ = 0;
    refill();
    skip(bit % 8);
  }
  // The next bits, lowest first, at least fewest_bits of them.
  [[nodiscard]] std::uint64_t peek() noexcept {
    if (count_ < fewest_bits) refill();
    return bits_;
  }
  // No more than were peeked at.
  void skip(std::size_t bits) noexcept {
    bits_ >>= bits;
    count_ -= bits;
  }
  [[nodiscard]] std::size_t position() const noexcept { return next_ * 8 - count_; }

 private:
  static constexpr std::size_t fewest_bits = 32;

  void refill() noexcept {
    if (next_ + 8 > bytes_.size()) return refill_at_end();
    std::uint64_t octets = 0;
    for (unsigned i = 0; i < 8; ++i)  // compiles to one load
      octets |= std::uint64_t{bytes_[next_ + i]} << (8 * i);
    bits_ |= octets << count_;  // what is already there comes once more, at the same place
    next_ += (63 - count_) / 8;
    count_ |= 56U;  // plus as many octets as had room
  }
  void refill_at_end() noexcept;

  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;  // the octet after those in bits_
  std::uint64_t bits_ = 0;
  std::size_t count_ = 0;  // of bits_
};

// A row as the pels where its colour changes, ascending: the first is the first black pel. Then the width, at
// least three times, so that looking for b1 and b2 (T.4, 4.2.1.1) needs no end.
class Changes {
 public:
  explicit Changes(std::uint32_t width_pels) : width_(width_pels), at_(width_pels + room_behind) {
    start();
    finish();
  }
  void start() noexcept { count_ = 0; }
  // The colour changes here. Twice at one pel is not at all: a run of no pels lay between.
  void change_at(std::uint32_t pel) noexcept {
    if (count_ > 0 && at_[count_ - 1] == pel)
      --count_;
    else
      at_[count_++] = pel;
  }
  void finish() noexcept;
  [[nodiscard]] std::uint32_t width() const noexcept { return width_; }
  [[nodiscard]] std::uint32_t operator[](std::size_t i) const noexcept { return at_[i]; }
  // The row's pels, first in the most significant bit, 1 = black; `row` is all zeros and wide enough.
  void paint(std::span<std::uint8_t> row) const noexcept;

 private:
  static constexpr std::size_t room_behind = 8;
  std::uint32_t width_;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> at_;
};

// Reads code words until the row has its width; false: a code word that is none, or too many pels.
[[nodiscard]] bool read_row_1d(BitReader& reader, Changes& row) noexcept;
[[nodiscard]] bool read_row_2d(BitReader& reader, const Changes& above, Changes& row) noexcept;

}  // namespace page
