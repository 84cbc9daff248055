// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/capability_words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "src/t30/capabilities.hpp"
#include "src/t30/capability_bits.hpp"

namespace t30 {
namespace {

using Octets = std::span<const std::uint8_t>;
using Words = std::vector<std::string>;

std::string joined(const Words& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// Bits 21 to 23 of a DCS and of a DIS, bit 21 the lowest. In a DIS, codes 3, 5 and 6 are times for 3.85 lines/mm
// that are halved in finer resolutions.
std::string scan_line_words(const CapabilityBits& bits) {
  constexpr std::array<const char*, 8> times = {"20 ms", "5 ms",     "10 ms",   "20/10 ms",
                                                "40 ms", "40/20 ms", "10/5 ms", "0 ms"};
  return fmt::format("{} a line", times.at(bits.number(bit::scan_line_time, 3)));
}

const char* length_words(const CapabilityBits& bits) {
  if (bits[bit::unlimited]) return "unlimited";
  return bits[bit::b4_length] ? "B4 length" : "A4 length";
}

std::string size_words(const Dcs& dcs, const CapabilityBits& bits) {
  constexpr std::array<const char*, 4> widths = {"A4", "B4", "A3", "unknown width"};
  const char* width = widths.at(bits.number(bit::b4, 2));
  if (dcs.width_pels == 0) return fmt::format("{}, unknown size", width);
  return fmt::format("{} {} pels, {} × {} dpi", width, dcs.width_pels, dcs.x_dpi, dcs.y_dpi);
}

Words foreign_words(const CapabilityBits& bits) {
  Words words;
  for (const NamedBit& foreign : foreign_bits)
    if (bits[foreign.number] && std::find(words.begin(), words.end(), foreign.name) == words.end())
      words.emplace_back(foreign.name);
  return words;
}

// Bits 11 to 14 of a DIS or DTC.
const char* modems_words(const CapabilityBits& bits) {
  switch (bits.number(bit::rate, 4)) {
    case 0b0000:
      return "V.27ter 2400 bit/s";
    case 0b0010:
      return "V.27ter";
    case 0b0001:
      return "V.29";
    case 0b0011:
      return "V.27ter, V.29";
    case 0b1011:
      return "V.27ter, V.29, V.17";
    default:
      return "unknown modems";
  }
}

}  // namespace

std::string rate_words(Octets fif) {
  const Rate rate = read_rate(fif);
  if (rate.modem != Modem::none) return fmt::format("{} {} bit/s", name_of(rate.modem), rate.bps);
  if (fif.size() < 2) return "no rate";
  return fmt::format("unknown rate 0b{:04b}", CapabilityBits(fif).number(bit::rate, 4));
}

std::string dcs_words(Octets fif) {
  const CapabilityBits bits(fif);
  const Dcs dcs = read_dcs(fif, Settings());
  Words words = {rate_words(fif), dcs.ecm ? fmt::format("ECM {}", dcs.ecm_frame_octets) : "no ECM",
                 name_of(dcs.coding), size_words(dcs, bits), length_words(bits)};
  if (!dcs.ecm) words.push_back(scan_line_words(bits));
  if (bits[bit::sub]) words.emplace_back("with SUB");
  std::string line = joined(words);
  const Words foreign = foreign_words(bits);
  return foreign.empty() ? line : line + "; asks for " + joined(foreign);
}

std::string dis_words(Octets fif) {
  const CapabilityBits bits(fif);
  constexpr std::array<const char*, 4> widths = {"A4", "A4 to B4", "A4 to A3",
                                                 "A4 to A3"};  // table 2, note 6
  Words words = {modems_words(bits), widths.at(bits.number(bit::b4, 2)), length_words(bits),
                 scan_line_words(bits)};
  if (!bits[bit::receives]) words.insert(words.begin(), "cannot receive");
  constexpr auto named = std::to_array<NamedBit>({{bit::sends, "has a document to poll"},
                                                  {bit::v8, "V.8"},
                                                  {bit::ecm, "ECM"},
                                                  {bit::prefers_64_octets, "64 octets preferred"},
                                                  {bit::mr, "MR"},
                                                  {bit::t6, "MMR"},
                                                  {bit::fine, "fine"},
                                                  {bit::superfine, "superfine"},
                                                  {bit::dpi300, "300 dpi"},
                                                  {bit::dpi400, "400 dpi"},
                                                  {bit::inch, "inch"},
                                                  {bit::metric_preferred, "metric"},
                                                  {bit::sub, "SUB"},
                                                  {bit::pwd, "PWD"}});
  for (const NamedBit& capability : named)
    if (bits[capability.number]) words.emplace_back(capability.name);
  for (const std::string& foreign : foreign_words(bits))
    words.push_back(foreign);
  return joined(words);
}

}  // namespace t30
