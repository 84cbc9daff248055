// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxcall/signalling_rate.hpp"

#include <fmt/format.h>

#include <vector>

namespace faxcall {
namespace {

// Bit `number` of the facsimile information field, counted from 1 as T.30 table 2 does; a field that is too
// short has zeros there (T.30 5.3.6.2).
bool fif_bit(std::span<const std::uint8_t> frame, std::size_t number) noexcept {
  const std::size_t octet = 3 + (number - 1) / 8;  // after address, control and facsimile control field
  return octet < frame.size() && ((frame[octet] >> ((number - 1) % 8)) & 1U) != 0;
}

std::string_view resolution(std::span<const std::uint8_t> frame) noexcept {
  if (fif_bit(frame, 43)) return "408x391";
  if (fif_bit(frame, 42)) return "300x300";
  if (fif_bit(frame, 41)) return "204x391";
  return fif_bit(frame, 15) ? "204x196" : "204x98";
}

}  // namespace

std::string_view name(Modem modem) noexcept {
  switch (modem) {
    case Modem::v17:
      return "V.17";
    case Modem::v29:
      return "V.29";
    default:
      return "V.27ter";
  }
}

std::string_view name(Coding coding) noexcept {
  switch (coding) {
    case Coding::mh:
      return "MH";
    case Coding::mr:
      return "MR";
    default:
      return "MMR";
  }
}

bool has_rate(Modem modem, int bits_per_s) noexcept {
  for (const SignallingRate& rate : signalling_rates)
    if (rate.modem == modem && rate.bits_per_s == bits_per_s) return true;
  return false;
}

std::string rates_of(Modem modem) {
  std::vector<int> rates;
  for (const SignallingRate& rate : signalling_rates)
    if (rate.modem == modem) rates.insert(rates.begin(), rate.bits_per_s);
  const int fastest = rates.back();
  rates.pop_back();
  return fmt::format("{} or {}", fmt::join(rates, ", "), fastest);
}

std::optional<std::size_t> first_permitted(std::size_t index, int top_rate, unsigned permitted) noexcept {
  for (; index < signalling_rates.size(); ++index) {
    const SignallingRate& rate = signalling_rates.at(index);
    const bool modem_fits = ((permitted >> static_cast<unsigned>(rate.modem)) & 1U) != 0;
    if (modem_fits && rate.bits_per_s <= top_rate) return index;
  }
  return std::nullopt;
}

std::optional<PageFormat> decode_dcs(std::span<const std::uint8_t> frame) noexcept {
  constexpr std::size_t shortest = 6;       // header and three octets, T.30 table 2
  constexpr std::uint8_t rate_bits = 0x3C;  // bits 11 to 14
  if (frame.size() < shortest) return std::nullopt;
  for (const SignallingRate& rate : signalling_rates) {
    if (rate.dcs_bits != (frame[4] & rate_bits)) continue;
    const Coding coding = fif_bit(frame, 31) ? Coding::mmr : fif_bit(frame, 16) ? Coding::mr : Coding::mh;
    return PageFormat{rate.modem, rate.bits_per_s, fif_bit(frame, 27), coding, resolution(frame)};
  }
  return std::nullopt;
}

}  // namespace faxcall
