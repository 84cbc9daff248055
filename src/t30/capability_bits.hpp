// SPDX-License-Identifier: GPL-2.0-or-later
// The bits of DIS, DTC and DCS as T.30, table 2 numbers them, from 1; bit n is bit (n − 1) % 8 of the information
// field's octet (n − 1) / 8, counted from the lowest. For the makers and readers of these frames. RT safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace t30 {

namespace bit {
inline constexpr unsigned v8 = 6, prefers_64_octets = 7;   // DIS only
inline constexpr unsigned sends = 9, receives = 10;        // a document to be polled; can receive
inline constexpr unsigned rate = 11;                       // to 14
inline constexpr unsigned fine = 15, mr = 16;              // R8 × 7.7 or 200 × 200; two-dimensional coding
inline constexpr unsigned b4 = 17, a3 = 18;                // width
inline constexpr unsigned b4_length = 19, unlimited = 20;  // length
inline constexpr unsigned scan_line_time = 21;             // to 23
inline constexpr unsigned ecm = 27, octets_64 = 28;        // 28 in DCS only
inline constexpr unsigned t6 = 31;
inline constexpr unsigned superfine = 41, dpi300 = 42, dpi400 = 43;
inline constexpr unsigned inch = 44, metric_preferred = 45;  // 44 in DIS: inch preferred; in DCS: inch it is
inline constexpr unsigned sub = 49, pwd = 50;                // 50 in DCS: SID is sent
inline constexpr unsigned dpi600 = 105;                      // to 109: 600 × 600 and others beyond us
}  // namespace bit

// What a DCS may ask for that nobody here can do. Bits that are not in this list and not above say nothing about
// the image (T.37 and T.38, 1 to 4, 121 to 123; paper sizes, 76, 77; both sides of a sheet, 113, 114), only
// refine one that is (37, 70, 71, 73 to 75, 95, 119), or have no meaning yet.
struct NamedBit {
  unsigned number;
  const char* name;
};
inline constexpr auto foreign_bits = std::to_array<NamedBit>({
    {26, "uncompressed mode"},
    {36, "T.43"},
    {38, "voice"},
    {39, "voice"},
    {53, "file transfer"},
    {54, "documents"},
    {55, "EDI"},
    {57, "file transfer"},
    {60, "characters"},
    {62, "mixed mode"},
    {65, "mode 26"},
    {68, "JPEG"},
    {69, "colour"},
    {78, "JBIG"},
    {79, "JBIG"},
    {84, "encryption"},
    {85, "encryption"},
    {86, "encryption"},
    {92, "mixed raster"},
    {93, "mixed raster"},
    {94, "mixed raster"},
    {97, "colour"},
    {98, "colour"},
    {105, "600 × 600 dpi"},
    {106, "1200 × 1200 dpi"},
    {107, "300 × 600 dpi"},
    {108, "400 × 800 dpi"},
    {109, "600 × 1200 dpi"},
    {110, "colour"},
    {111, "colour"},
    {115, "mixed raster"},
    {116, "T.45"},
    {124, "JBIG2"},
    {125, "JBIG2"},
    {126, "JBIG2"},
    {127, "JPEG"},
});

// A field of any length as bits; those that it does not have are 0. From octet 5 on an octet counts only if the
// extend bit before it says so; octet 4, with ECM and T.6, is taken whether bit 24 is set or not, as HylaFAX
// does.
class CapabilityBits {
 public:
  explicit CapabilityBits(std::span<const std::uint8_t> fif) noexcept {
    constexpr std::size_t first_extended = 4;
    for (std::size_t i = 0; i < std::min(fif.size(), octets_.size()); ++i) {
      if (i >= first_extended && (fif[i - 1] & 0x80U) == 0) break;
      octets_[i] = fif[i];
    }
  }
  bool operator[](unsigned number) const noexcept {
    const std::size_t octet = (number - 1) / 8;
    return octet < octets_.size() && (octets_[octet] >> ((number - 1) % 8) & 1U) != 0;
  }
  // `count` bits from `first` on, which is the lowest.
  [[nodiscard]] unsigned number(unsigned first, unsigned count) const noexcept {
    unsigned value = 0;
    for (unsigned i = 0; i < count; ++i)
      value |= static_cast<unsigned>((*this)[first + i]) << i;
    return value;
  }

 private:
  std::array<std::uint8_t, 16> octets_{};  // table 2 ends with bit 128
};

}  // namespace t30
