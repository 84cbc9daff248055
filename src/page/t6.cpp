// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/t6.hpp"

#include "src/base/errors.hpp"
#include "src/page/memory_tiff.hpp"

namespace page {
namespace {

void check_limits(std::uint32_t width_pels, std::size_t rows) {
  if (width_pels == 0 || width_pels > widest_page_pels || rows > longest_page_rows)
    throw base::Failure("a page of {} × {} pels is beyond the limits", width_pels, rows);
}

}  // namespace

std::vector<std::uint8_t> encode_t6(std::uint32_t width_pels, std::span<const std::uint8_t> rows) {
  check_limits(width_pels, 0);
  const std::size_t row_count = rows.size() / octets_per_row(width_pels);
  check_limits(width_pels, row_count);
  if (row_count == 0) return {};
  std::vector<std::uint8_t> file;
  {
    const TiffHandle tiff = open_memory_tiff(file, "w", nullptr);
    set_g4_tags(tiff.get(), width_pels, static_cast<std::uint32_t>(row_count));
    std::vector<std::uint8_t> copy(rows.begin(), rows.end());  // libtiff wants it writable
    if (TIFFWriteEncodedStrip(tiff.get(), 0, copy.data(), static_cast<tmsize_t>(copy.size())) < 0)
      throw base::Failure("libtiff cannot code a page as T.6");
  }
  const TiffHandle tiff = open_memory_tiff(file, "r", nullptr);
  std::vector<std::uint8_t> bytes(TIFFRawStripSize64(tiff.get(), 0));
  if (TIFFReadRawStrip(tiff.get(), 0, bytes.data(), static_cast<tmsize_t>(bytes.size())) < 0)
    throw base::Failure("libtiff cannot give back a page it coded");
  return bytes;
}

DecodedPage decode_t6(std::uint32_t width_pels, std::span<const std::uint8_t> bytes,
                      std::uint32_t most_rows) {
  check_limits(width_pels, most_rows);
  DecodedPage page;
  if (most_rows == 0 || bytes.empty()) {
    page.damaged = most_rows != 0;
    return page;
  }
  std::vector<std::uint8_t> file;
  {
    const TiffHandle tiff = open_memory_tiff(file, "w", nullptr);
    set_g4_tags(tiff.get(), width_pels, most_rows);
    std::vector<std::uint8_t> copy(bytes.begin(), bytes.end());
    if (TIFFWriteRawStrip(tiff.get(), 0, copy.data(), static_cast<tmsize_t>(copy.size())) < 0)
      throw base::Failure("libtiff cannot take a page's bytes");
  }
  // libtiff's return value does not tell a bad row; its complaints during the row do.
  TiffComplaint complaint = [&page](const std::string&) { page.damaged = true; };
  const TiffHandle tiff = open_memory_tiff(file, "r", &complaint);
  const std::size_t octets = octets_per_row(width_pels);
  page.rows.resize(octets * most_rows);
  while (page.row_count < most_rows) {
    std::uint8_t* row = page.rows.data() + octets * page.row_count;
    if (TIFFReadScanline(tiff.get(), row, page.row_count) < 0) page.damaged = true;
    if (page.damaged) break;
    ++page.row_count;
  }
  page.rows.resize(octets * page.row_count);
  return page;
}

}  // namespace page
