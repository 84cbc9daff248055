// SPDX-License-Identifier: GPL-2.0-or-later
// CSI, TSI, SUB, PWD and their kin (T.30, 5.3.6.2.4 to 5.3.6.2.12).
#include <algorithm>

#include "src/t30/capabilities.hpp"

namespace t30 {
namespace {

bool is_padding(std::uint8_t octet) noexcept {
  return octet == 0x00 || octet == 0xFF || octet == ' ';
}
bool is_printable(std::uint8_t octet) noexcept {
  return octet >= 0x20 && octet < 0x7F;
}

std::span<const std::uint8_t> without_padding(std::span<const std::uint8_t> octets) noexcept {
  while (!octets.empty() && is_padding(octets.front()))
    octets = octets.subspan(1);
  while (!octets.empty() && is_padding(octets.back()))
    octets = octets.first(octets.size() - 1);
  return octets;
}

}  // namespace

base::ShortText<20> read_identification(std::span<const std::uint8_t> fif) noexcept {
  const std::span<const std::uint8_t> octets = without_padding(fif);
  // A number's '+' stands before it, so it is sent last. One that came first shows that nothing was reversed;
  // without a '+' there is no telling.
  const bool is_reversed = octets.empty() || octets.front() != '+' || octets.back() == '+';
  std::array<char, 20> text{};
  const std::size_t length = std::min(octets.size(), text.size());
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint8_t octet = is_reversed ? octets[octets.size() - 1 - i] : octets[i];
    text.at(i) = is_printable(octet) ? static_cast<char>(octet) : '?';
  }
  return base::ShortText<20>(std::string_view(text.data(), length));
}

std::array<std::uint8_t, 20> write_identification(const base::ShortText<20>& text) noexcept {
  std::array<std::uint8_t, 20> octets{};
  octets.fill(' ');
  const std::string_view view = text.view();
  for (std::size_t i = 0; i < view.size(); ++i) {
    const auto octet = static_cast<std::uint8_t>(view[view.size() - 1 - i]);
    if (is_printable(octet)) octets.at(i) = octet;
  }
  return octets;
}

}  // namespace t30
