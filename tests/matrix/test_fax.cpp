// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/matrix/test_fax.hpp"

#include <tiffio.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tests/unit/test_pages.hpp"

namespace matrix {
namespace {

using Tiff = std::unique_ptr<TIFF, decltype(&TIFFClose)>;
constexpr std::size_t octets_a_row = fax_width_pels / 8;

void write_page(TIFF* tiff, const Rows& rows) {
  const auto row_count = static_cast<std::uint32_t>(rows.size() / octets_a_row);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, fax_width_pels);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, row_count);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, row_count);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 204.0);
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 98.0);
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  Rows coded = rows;
  if (TIFFWriteEncodedStrip(tiff, 0, coded.data(), static_cast<tmsize_t>(coded.size())) < 0 ||
      TIFFWriteDirectory(tiff) != 1)
    throw std::runtime_error("cannot write a page of the test fax");
}

Rows read_page(TIFF* tiff) {
  std::uint32_t width = 0;
  std::uint32_t row_count = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &row_count);
  if (width != fax_width_pels) return {};
  Rows rows(octets_a_row * row_count);
  for (std::uint32_t row = 0; row < row_count; ++row)
    TIFFReadScanline(tiff, &rows.at(row * octets_a_row), row, 0);
  return rows;
}

}  // namespace

TestFax make_fax(const std::filesystem::path& file, unsigned pages, std::uint32_t rows_a_page,
                 unsigned seed) {
  TestFax fax{file, {}};
  for (unsigned n = 0; n < pages; ++n)
    fax.pages.push_back(unit::text_rows(fax_width_pels, rows_a_page, seed * 1000 + n));
  write_fax(file, fax.pages);
  return fax;
}

void write_fax(const std::filesystem::path& file, const std::vector<Rows>& pages) {
  const Tiff tiff(TIFFOpen(file.c_str(), "w"), &TIFFClose);
  if (!tiff) throw std::runtime_error("cannot write " + file.string());
  for (const Rows& page : pages)
    write_page(tiff.get(), page);
}

std::vector<Rows> read_fax(const std::filesystem::path& file) {
  std::vector<Rows> pages;
  if (!std::filesystem::exists(file)) return pages;
  const Tiff tiff(TIFFOpen(file.c_str(), "r"), &TIFFClose);
  if (!tiff) return pages;
  do
    pages.push_back(read_page(tiff.get()));
  while (TIFFReadDirectory(tiff.get()) == 1);
  return pages;
}

// A row that was lost or split moves those below it and makes none of them wrong: what counts is how many of the rows
// sent are there in their order (the longest common subsequence).
unsigned wrong_rows_permille(const Rows& sent, const Rows& got) {
  const auto row = [](const Rows& rows, std::size_t n) {
    return std::string_view(reinterpret_cast<const char*>(rows.data()) + n * octets_a_row, octets_a_row);
  };
  const std::size_t sent_rows = sent.size() / octets_a_row;
  const std::size_t got_rows = got.size() / octets_a_row;
  const std::size_t rows = std::max(sent_rows, got_rows);
  if (rows == 0) return 0;
  std::vector<std::size_t> above(got_rows + 1);
  std::vector<std::size_t> here(got_rows + 1);
  for (std::size_t i = 0; i < sent_rows; ++i) {
    for (std::size_t j = 0; j < got_rows; ++j)
      here[j + 1] = row(sent, i) == row(got, j) ? above[j] + 1 : std::max(above[j + 1], here[j]);
    std::swap(above, here);
  }
  const std::size_t wrong = rows - above[got_rows];
  return static_cast<unsigned>((wrong * 1000 + rows - 1) / rows);
}

}  // namespace matrix
