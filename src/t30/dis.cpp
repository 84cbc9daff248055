// SPDX-License-Identifier: GPL-2.0-or-later
// DIS (T.30, 5.3.6.2.1 and table 2).
#include "src/t30/capabilities.hpp"
#include "src/t30/capability_bits.hpp"

namespace t30 {
namespace {

void set(Dis& dis, unsigned number) noexcept {
  const unsigned octet = (number - 1) / 8;
  dis.fif.at(octet) |= static_cast<std::uint8_t>(1U << ((number - 1) % 8));
  if (octet >= dis.length) dis.length = static_cast<std::uint8_t>(octet + 1);
}

// Bits 11 to 14, bit 11 the lowest. V.17 is never alone.
unsigned modem_bits(Modems modems, bool with_v17) noexcept {
  switch (modems) {
    case Modems::v27ter_2400:
      return 0b0000;
    case Modems::v27ter:
      return 0b0010;
    case Modems::v29:
      return 0b0001;
    case Modems::v27ter_v29:
      return 0b0011;
    case Modems::v27ter_v29_v17:
      return with_v17 ? 0b1011 : 0b0011;
  }
  return 0b0000;
}

void set_number(Dis& dis, unsigned first, unsigned count, unsigned value) noexcept {
  for (unsigned i = 0; i < count; ++i)
    if ((value >> i & 1U) != 0) set(dis, first + i);
}

}  // namespace

Dis dis_of(const Settings& settings, bool with_v17) noexcept {
  Dis dis;
  set(dis, bit::receives);
  set_number(dis, bit::rate, 4, modem_bits(settings.modems, with_v17));
  set_number(dis, bit::scan_line_time, 3, 0b111);  // 0 ms: rows need no fill
  const std::array<std::pair<unsigned, bool>, 12> offered = {{
      {bit::fine, settings.fine},
      {bit::mr, settings.mr},
      {bit::b4, settings.width == Width::b4},
      {bit::a3, settings.width == Width::a3},
      {bit::unlimited, settings.unlimited_length},
      {bit::ecm, settings.ecm},
      {bit::t6, settings.mmr && settings.ecm},  // T.6 is for the error correction mode only
      {bit::superfine, settings.superfine},
      {bit::dpi300, settings.dpi300},
      {bit::dpi400, settings.dpi400},
      {bit::sub, settings.sub_address},
      {bit::pwd, !settings.password.empty()},
  }};
  for (const auto& [number, is_offered] : offered)
    if (is_offered) set(dis, number);
  // Either is kept as it comes; they matter for bits 15 and 43 only, and are no reason for a longer DIS.
  constexpr std::uint8_t octets_with_units = 6;
  if (dis.length >= octets_with_units && (settings.fine || settings.dpi400)) {
    set(dis, bit::inch);
    set(dis, bit::metric_preferred);
  }
  constexpr unsigned first_extend = 24;
  for (unsigned extend = first_extend; extend < dis.length * 8U; extend += 8)
    set(dis, extend);
  return dis;
}

}  // namespace t30
