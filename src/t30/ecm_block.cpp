// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/ecm_block.hpp"

#include <algorithm>

namespace t30 {
namespace {

// FNV-1a, 64 bits, eight octets at a time: a fingerprint against accidents, not against enemies.
constexpr std::uint64_t fnv_basis = 0xcbf29ce484222325;
constexpr std::uint64_t fnv_prime = 0x100000001b3;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
  return (hash ^ value) * fnv_prime;
}

}  // namespace

void EcmBlock::clear() noexcept {
  there_.reset();
  asked_again_.reset();
}

bool EcmBlock::take(std::uint8_t number, std::span<const std::uint8_t> data,
                    std::size_t agreed_octets) noexcept {
  data = data.first(std::min({data.size(), agreed_octets, longest_frame}));
  const auto have = frame(number);
  const bool same = there_[number] && std::equal(have.begin(), have.end(), data.begin(), data.end());
  std::copy(data.begin(), data.end(), data_[number].begin());
  lengths_[number] = static_cast<std::uint16_t>(data.size());
  there_.set(number);
  return !same;
}

unsigned EcmBlock::look_for_missing(unsigned count, std::size_t agreed_octets) noexcept {
  unsigned missing = 0;
  for (unsigned i = 0; i < count; ++i) {
    const bool suspect = there_[i] && i + 1 < count && lengths_[i] != agreed_octets && !asked_again_[i];
    if (suspect) {
      asked_again_.set(i);
      there_.reset(i);
    }
    missing += there_[i] ? 0 : 1;
  }
  return missing;
}

std::array<std::uint8_t, EcmBlock::most_frames / 8> EcmBlock::missing_map(unsigned count) const noexcept {
  std::array<std::uint8_t, most_frames / 8> map{};
  for (unsigned i = 0; i < most_frames; ++i)
    if (i >= count || !there_[i]) map[i / 8] = static_cast<std::uint8_t>(map[i / 8] | (1U << (i % 8)));
  return map;
}

unsigned EcmBlock::highest() const noexcept {
  for (unsigned i = most_frames; i > 0; --i)
    if (there_[i - 1]) return i;
  return 0;
}

std::uint64_t EcmBlock::fingerprint() const noexcept {
  std::uint64_t sum = 0;
  for (unsigned i = 0; i < most_frames; ++i) {
    if (!there_[i]) continue;
    std::uint64_t hash = mix(fnv_basis, i);
    for (const std::uint8_t octet : frame(i))
      hash = mix(hash, octet);
    sum += hash;
  }
  return sum;
}

}  // namespace t30
