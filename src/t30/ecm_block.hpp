// SPDX-License-Identifier: GPL-2.0-or-later
// A block of a page in error correction mode: up to 256 numbered frames of up to 256 octets, in any order, as
// often as the caller likes (T.4, annex A; T.30, annex A). RT safe. Owned by a Procedure.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <span>

namespace t30 {

class EcmBlock {
 public:
  static constexpr std::size_t most_frames = 256;
  static constexpr std::size_t longest_frame = 256;  // octets

  void clear() noexcept;
  // The facsimile data of one frame (FCD): at most `agreed_octets` of it count, padding beyond is dropped.
  // A second copy replaces the first. False: we had it, and it says the same.
  bool take(std::uint8_t number, std::span<const std::uint8_t> data, std::size_t agreed_octets) noexcept;

  // How many of the first `count` frames are missing. A frame shorter than agreed that is not the last counts as
  // missing the first time it is asked for, since T.38 gateways are known to cut frames; if it comes so again,
  // it is taken as it is.
  unsigned look_for_missing(unsigned count, std::size_t agreed_octets) noexcept;
  // PPR's facsimile information field (T.30, A.4.4): bit = 1 for each frame missing, or beyond `count`.
  [[nodiscard]] std::array<std::uint8_t, most_frames / 8> missing_map(unsigned count) const noexcept;

  [[nodiscard]] bool empty() const noexcept { return there_.none(); }
  [[nodiscard]] unsigned frames() const noexcept { return static_cast<unsigned>(there_.count()); }
  [[nodiscard]] unsigned highest() const noexcept;  // number of frames up to the last one that is there
  [[nodiscard]] bool has(unsigned number) const noexcept { return there_[number]; }
  [[nodiscard]] std::span<const std::uint8_t> frame(unsigned number) const noexcept {
    return {data_[number].data(), lengths_[number]};
  }
  // Of what is there: equal for the same frames in any order.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept;

 private:
  std::array<std::array<std::uint8_t, longest_frame>, most_frames> data_;  // touched as frames come
  std::array<std::uint16_t, most_frames> lengths_{};
  std::bitset<most_frames> there_, asked_again_;
};

}  // namespace t30
