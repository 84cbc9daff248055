// SPDX-License-Identifier: GPL-2.0-or-later
// DCS (T.30, 5.3.6.2.3 and table 2) and CTC (annex A).
#include <algorithm>

#include "src/t30/capabilities.hpp"
#include "src/t30/capability_bits.hpp"

namespace t30 {
namespace {

struct NamedRate {
  unsigned bits;  // 11 to 14, bit 11 the lowest
  Rate rate;
};
constexpr auto rates = std::to_array<NamedRate>({{0b0000, {Modem::v27ter, 2400}},
                                                 {0b0010, {Modem::v27ter, 4800}},
                                                 {0b0001, {Modem::v29, 9600}},
                                                 {0b0011, {Modem::v29, 7200}},
                                                 {0b1000, {Modem::v17, 14400}},
                                                 {0b1010, {Modem::v17, 12000}},
                                                 {0b1001, {Modem::v17, 9600}},
                                                 {0b1011, {Modem::v17, 7200}}});

// Resolutions by bits 15, 41, 42, 43, the first that fits: senders leave the lower ones set beside the one they
// mean. dpi as RFC 3949, 3.4.1 has them.
struct Resolution {
  unsigned number;  // of its bit; 0: of none
  bool Settings::*offered;
  std::uint16_t metric_x, metric_y, inch_x, inch_y;
  std::array<std::uint16_t, 3> widths;  // A4, B4, A3 (T.4, clause 2)
};
constexpr auto resolutions =
    std::to_array<Resolution>({{bit::dpi400, &Settings::dpi400, 408, 391, 400, 400, {3456, 4096, 4864}},
                               {bit::dpi300, &Settings::dpi300, 300, 300, 300, 300, {2592, 3072, 3648}},
                               {bit::superfine, &Settings::superfine, 204, 391, 200, 400, {1728, 2048, 2432}},
                               {bit::fine, &Settings::fine, 204, 196, 200, 200, {1728, 2048, 2432}},
                               {0, nullptr, 204, 98, 200, 100, {1728, 2048, 2432}}});

const Resolution& resolution_of(const CapabilityBits& bits) noexcept {
  for (const Resolution& resolution : resolutions)
    if (resolution.number != 0 && bits[resolution.number]) return resolution;
  return resolutions.back();
}

// 0, 1, 2: A4, B4, A3; 3: T.30 has no such width.
unsigned width_index(const CapabilityBits& bits) noexcept {
  return bits.number(bit::b4, 2);
}

void read_size(Dcs& dcs, const CapabilityBits& bits) noexcept {
  if (bits.number(bit::dpi600, 5) != 0) return;  // 600 × 600 and the like
  // 300 × 300 together with a resolution that has other widths: nobody can know which one is meant.
  const bool contradicts = bits[bit::dpi300] && (bits[bit::superfine] || bits[bit::dpi400]);
  const Resolution& resolution = resolution_of(bits);
  const unsigned width = width_index(bits);
  if (contradicts || width >= resolution.widths.size()) return;
  dcs.width_pels = resolution.widths.at(width);
  dcs.x_dpi = bits[bit::inch] ? resolution.inch_x : resolution.metric_x;
  dcs.y_dpi = bits[bit::inch] ? resolution.inch_y : resolution.metric_y;
}

bool asks_for_something_else(const CapabilityBits& bits) noexcept {
  return std::any_of(foreign_bits.begin(), foreign_bits.end(),
                     [&bits](const NamedBit& foreign) { return bits[foreign.number]; });
}

bool modem_was_offered(const Dcs& dcs, const Settings& settings, bool with_v17) noexcept {
  switch (dcs.modem) {
    case Modem::v27ter:
      return settings.modems != Modems::v29 &&
             (settings.modems != Modems::v27ter_2400 || dcs.rate_bps == 2400);
    case Modem::v29:
      return settings.modems != Modems::v27ter && settings.modems != Modems::v27ter_2400;
    case Modem::v17:
      return settings.modems == Modems::v27ter_v29_v17 && with_v17;
    case Modem::none:
      break;
  }
  return false;
}

bool coding_was_offered(const Dcs& dcs, const Settings& settings) noexcept {
  if (dcs.ecm && !settings.ecm) return false;
  if (dcs.coding == Coding::mmr) return settings.mmr;
  return dcs.coding == Coding::mh || settings.mr;
}

bool size_was_offered(const CapabilityBits& bits, const Settings& settings) noexcept {
  const Resolution& resolution = resolution_of(bits);
  if (resolution.offered != nullptr && !(settings.*resolution.offered)) return false;
  if (width_index(bits) > static_cast<unsigned>(settings.width)) return false;
  return settings.unlimited_length || (!bits[bit::b4_length] && !bits[bit::unlimited]);
}

}  // namespace

Rate read_rate(std::span<const std::uint8_t> fif) noexcept {
  constexpr std::size_t octets_with_rate = 2;
  if (fif.size() < octets_with_rate) return {};
  const unsigned named = CapabilityBits(fif).number(bit::rate, 4);
  for (const NamedRate& rate : rates)
    if (rate.bits == named) return rate.rate;
  return {};
}

Dcs read_dcs(std::span<const std::uint8_t> fif, const Settings& settings, bool with_v17) noexcept {
  const CapabilityBits bits(fif);
  const Rate rate = read_rate(fif);
  Dcs dcs;
  dcs.modem = rate.modem;
  dcs.rate_bps = rate.bps;
  dcs.ecm = bits[bit::ecm];
  dcs.ecm_frame_octets = dcs.ecm && bits[bit::octets_64] ? 64 : 256;
  dcs.coding = bits[bit::t6] ? Coding::mmr : bits[bit::mr] ? Coding::mr : Coding::mh;
  read_size(dcs, bits);
  dcs.can_be_received = dcs.modem != Modem::none && dcs.width_pels != 0 &&
                        (dcs.coding != Coding::mmr || dcs.ecm) && !asks_for_something_else(bits);
  dcs.was_offered = dcs.can_be_received && modem_was_offered(dcs, settings, with_v17) &&
                    coding_was_offered(dcs, settings) && size_was_offered(bits, settings);
  return dcs;
}

}  // namespace t30
