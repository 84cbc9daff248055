// SPDX-License-Identifier: GPL-2.0-or-later
// Pages as senders code them, for tests: by libtiff, and by hand. Octets as on the line, the first bit lowest.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/page/memory_tiff.hpp"
#include "src/page/rows.hpp"
#include "src/page/t4_page.hpp"

namespace unit {

using Bytes = std::vector<std::uint8_t>;

// Bits one after the other.
class BitWriter {
 public:
  BitWriter() = default;
  explicit BitWriter(Bytes bytes) : bytes_(std::move(bytes)), bits_(bytes_.size() * 8) {}
  BitWriter& put_bit(bool bit) {
    if (bits_ % 8 == 0) bytes_.push_back(0);
    if (bit) bytes_.back() |= static_cast<std::uint8_t>(1U << (bits_ % 8));
    ++bits_;
    return *this;
  }
  // "0011 1": ones and zeros, whatever stands between.
  BitWriter& put(std::string_view text) {
    for (const char c : text)
      if (c == '0' || c == '1') put_bit(c == '1');
    return *this;
  }
  BitWriter& put(std::span<const std::uint8_t> bytes, std::size_t from, std::size_t to) {
    for (std::size_t bit = from; bit < to; ++bit)
      put_bit((bytes[bit / 8] >> (bit % 8) & 1U) != 0);
    return *this;
  }
  [[nodiscard]] std::size_t bits() const { return bits_; }
  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  std::size_t bits_ = 0;
};

constexpr std::string_view eol = "000000000001";

inline void set_t4_tags(TIFF* tiff, std::uint32_t width_pels, std::uint32_t rows, page::Coding coding,
                        bool aligned) {
  page::set_g4_tags(tiff, width_pels, rows);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
  if (coding == page::Coding::mmr) return;
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX3);
  const unsigned options =
      (coding == page::Coding::mr ? GROUP3OPT_2DENCODING : 0) | (aligned ? GROUP3OPT_FILLBITS : 0);
  TIFFSetField(tiff, TIFFTAG_GROUP3OPTIONS, options);
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 98.0);  // K = 2; above 150 it is 4
}

// libtiff's coding: an EOL before each row with MH and MR, but no RTC behind them; EOFB with MMR. Aligned: each EOL
// ends at an octet's end.
inline Bytes coded_by_libtiff(std::uint32_t width_pels, std::span<const std::uint8_t> rows,
                              page::Coding coding, bool aligned = false) {
  const auto count = static_cast<std::uint32_t>(rows.size() / page::octets_per_row(width_pels));
  Bytes file;
  {
    const page::TiffHandle tiff = page::open_memory_tiff(file, "w", nullptr);
    set_t4_tags(tiff.get(), width_pels, count, coding, aligned);
    Bytes copy(rows.begin(), rows.end());
    TIFFWriteEncodedStrip(tiff.get(), 0, copy.data(), static_cast<tmsize_t>(copy.size()));
  }
  const page::TiffHandle tiff = page::open_memory_tiff(file, "r", nullptr);
  Bytes bytes(TIFFRawStripSize64(tiff.get(), 0));
  TIFFReadRawStrip(tiff.get(), 0, bytes.data(), static_cast<tmsize_t>(bytes.size()));
  return bytes;
}

inline void put_rtc(BitWriter& to, page::Coding coding, unsigned eols = 6) {
  for (unsigned n = 0; n < eols; ++n)
    to.put(eol).put(coding == page::Coding::mr ? "1" : "");
}

// A whole page as a sender codes it.
inline page::CodedPage coded_page(std::uint32_t width_pels, std::span<const std::uint8_t> rows,
                                  page::Coding coding, bool aligned = false) {
  BitWriter bits(coded_by_libtiff(width_pels, rows, coding, aligned));
  if (coding != page::Coding::mmr) put_rtc(bits, coding);
  return {width_pels, coding, coding == page::Coding::mmr, bits.bytes(), {}};
}

// What libtiff makes of these octets, up to the first row that it complains about.
inline Bytes decoded_by_libtiff(std::uint32_t width_pels, std::span<const std::uint8_t> coded,
                                std::uint32_t most_rows, page::Coding coding) {
  Bytes file;
  {
    const page::TiffHandle tiff = page::open_memory_tiff(file, "w", nullptr);
    set_t4_tags(tiff.get(), width_pels, most_rows, coding, false);
    Bytes copy(coded.begin(), coded.end());
    TIFFWriteRawStrip(tiff.get(), 0, copy.data(), static_cast<tmsize_t>(copy.size()));
  }
  bool complained = false;
  page::TiffComplaint complaint = [&complained](const std::string&) { complained = true; };
  const page::TiffHandle tiff = page::open_memory_tiff(file, "r", &complaint);
  complained = false;  // of a tag that it wrote itself
  Bytes rows;
  Bytes row(page::octets_per_row(width_pels));
  for (std::uint32_t at = 0; at < most_rows; ++at) {
    if (TIFFReadScanline(tiff.get(), row.data(), at) < 0 || complained) break;
    rows.insert(rows.end(), row.begin(), row.end());
  }
  return rows;
}

// All that a decoded page is, in a line; its rows by FNV-1a.
inline std::string figures_of(const page::PageRows& page) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const Bytes* bytes : {&page.rows, &page.is_bad})
    for (const std::uint8_t octet : *bytes)
      hash = (hash ^ octet) * 1099511628211ULL;
  return fmt::format("rows {} bad {} together {} {} {} {:016x}", page.row_count, page.bad_rows,
                     page.longest_bad_run, page.has_end ? "ended" : "open", page.is_cut ? "cut" : "whole",
                     hash);
}

}  // namespace unit
