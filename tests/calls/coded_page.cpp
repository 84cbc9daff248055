// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/coded_page.hpp"

#include <algorithm>
#include <random>

#include "src/base/errors.hpp"
#include "src/page/memory_tiff.hpp"

namespace calls {
namespace {

using page::Coding;

constexpr std::size_t zeros_of_eol = 11;  // T.4, 4.1.2: 000000000001

void set_tags(TIFF* tiff, const TestPage& page, Coding coding) {
  page::set_g4_tags(tiff, page.width_pels, page.row_count);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
  if (coding == Coding::mmr) return;
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX3);
  TIFFSetField(tiff, TIFFTAG_GROUP3OPTIONS, coding == Coding::mr ? GROUP3OPT_2DENCODING : 0U);
}

Octets code_with_libtiff(const TestPage& page, Coding coding) {
  Octets file;
  {
    const page::TiffHandle tiff = page::open_memory_tiff(file, "w", nullptr);
    set_tags(tiff.get(), page, coding);
    Octets copy = page.rows;  // libtiff wants it writable
    if (TIFFWriteEncodedStrip(tiff.get(), 0, copy.data(), static_cast<tmsize_t>(copy.size())) < 0)
      throw base::Failure("libtiff cannot code a test page");
  }
  const page::TiffHandle tiff = page::open_memory_tiff(file, "r", nullptr);
  Octets octets(TIFFRawStripSize64(tiff.get(), 0));
  if (TIFFReadRawStrip(tiff.get(), 0, octets.data(), static_cast<tmsize_t>(octets.size())) < 0)
    throw base::Failure("libtiff cannot give back a test page");
  return octets;
}

void append_eol(Bits& bits) {
  bits.insert(bits.end(), zeros_of_eol, 0);
  bits.push_back(1);
}

// What stands between the EOLs, the tag bit of MR first.
std::vector<Bits> rows_of(const Octets& octets, std::uint32_t row_count) {
  Bits all;
  for (const std::uint8_t octet : octets)
    append_octet(all, octet);
  std::vector<Bits> rows;
  std::size_t begin = 0, zeros = 0;
  bool in_row = false;
  for (std::size_t at = 0; at < all.size() && rows.size() < row_count; ++at) {
    if (all[at] == 0) {
      ++zeros;
      continue;
    }
    if (zeros >= zeros_of_eol) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin);
      if (in_row) rows.emplace_back(first, all.begin() + static_cast<std::ptrdiff_t>(at - zeros_of_eol));
      in_row = true;
      begin = at + 1;
    }
    zeros = 0;
  }
  // libtiff leaves out the return to control: the last row ends with the octets.
  if (rows.size() < row_count && in_row)
    rows.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(begin), all.end());
  if (rows.size() != row_count)
    throw base::Failure("a test page of {} rows came out of libtiff with {}", row_count, rows.size());
  return rows;
}

void append_return_to_control(Bits& bits, Coding coding) {
  for (int eol = 0; eol < 6; ++eol) {
    append_eol(bits);
    if (coding == Coding::mr) bits.push_back(1);
  }
}

// Before a page: no EOL may come about in it, or it would be a row.
void append_garbage(Bits& bits, unsigned octets, std::uint8_t always_set) {
  std::mt19937 random(7);
  for (unsigned i = 0; i < octets; ++i)
    append_octet(bits, static_cast<std::uint8_t>(random()) | always_set);
}

bool is_within(unsigned row, const Handling& handling) {
  return handling.bad_from && row >= *handling.bad_from &&
         row <= handling.bad_to.value_or(*handling.bad_from);
}

}  // namespace

Bits code_page(const TestPage& page, Coding coding, const Handling& handling) {
  if (coding == Coding::mmr) throw base::Failure("MMR is sent with ECM only (T.30, table 2, bit 31)");
  const std::vector<Bits> rows = rows_of(code_with_libtiff(page, coding), page.row_count);
  Bits bits;
  append_garbage(bits, handling.garbage_before, 0x08);
  for (unsigned number = 0; number < rows.size(); ++number) {
    append_eol(bits);
    const Bits& row = rows[number];
    const std::size_t kept = is_within(number, handling) ? row.size() / 2 : row.size();
    bits.insert(bits.end(), row.begin(), row.begin() + static_cast<std::ptrdiff_t>(kept));
    if (handling.long_row == number && kept + zeros_of_eol + 1 < handling.long_row_bits)
      bits.insert(bits.end(), handling.long_row_bits - kept - zeros_of_eol - 1, 0);
  }
  if (!handling.rtc) {
    append_eol(bits);
    if (coding == Coding::mr) bits.push_back(1);
    return bits;
  }
  append_return_to_control(bits, coding);
  append_garbage(bits, handling.garbage_after, 0);
  return bits;
}

Octets code_octets(const TestPage& page, Coding coding) {
  if (coding == Coding::mmr) return code_with_libtiff(page, coding);
  const Bits bits = code_page(page, coding, {});
  Octets octets((bits.size() + 7) / 8);
  for (std::size_t at = 0; at < bits.size(); ++at)
    octets[at / 8] |= static_cast<std::uint8_t>(bits[at] << (at % 8));
  return octets;
}

}  // namespace calls
