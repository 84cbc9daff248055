// SPDX-License-Identifier: GPL-2.0-or-later
// A page as a file: what other programs must find in it, and which files are none of ours.
#include "src/page/page_file.hpp"

#include <doctest/doctest.h>
#include <tiffio.h>

#include <cstring>
#include <limits>
#include <memory>
#include <random>

#include "src/base/errors.hpp"
#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/test_pages.hpp"

using page::PageImage;
using page::read_page;
using page::write_page;

namespace {

using Tiff = std::unique_ptr<TIFF, void (*)(TIFF*)>;

Tiff open_tiff(const std::filesystem::path& file, const char* mode) {
  TIFFSetWarningHandler(nullptr);
  TIFFSetErrorHandler(nullptr);
  return {TIFFOpen(file.c_str(), mode), TIFFClose};
}

template <typename T>
T tag(TIFF* tiff, std::uint32_t number) {
  T value{};
  REQUIRE(TIFFGetField(tiff, number, &value) == 1);
  return value;
}

// A TIFF as another program may write it.
struct Foreign {
  std::string what;
  std::uint32_t width = 1728, rows = 20, rows_per_strip = 20;
  std::uint16_t bits = 1, samples = 1, compression = COMPRESSION_CCITTFAX4;
  double x_dpi = 204, y_dpi = 98;
};

void write_foreign(const std::filesystem::path& file, const Foreign& foreign) {
  const Tiff tiff = open_tiff(file, "w");
  TIFFSetField(tiff.get(), TIFFTAG_IMAGEWIDTH, foreign.width);
  TIFFSetField(tiff.get(), TIFFTAG_IMAGELENGTH, foreign.rows);
  TIFFSetField(tiff.get(), TIFFTAG_ROWSPERSTRIP, foreign.rows_per_strip);
  TIFFSetField(tiff.get(), TIFFTAG_BITSPERSAMPLE, foreign.bits);
  TIFFSetField(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, foreign.samples);
  TIFFSetField(tiff.get(), TIFFTAG_COMPRESSION, foreign.compression);
  TIFFSetField(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField(tiff.get(), TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  if (foreign.x_dpi >= 0) TIFFSetField(tiff.get(), TIFFTAG_XRESOLUTION, foreign.x_dpi);
  if (foreign.y_dpi >= 0) TIFFSetField(tiff.get(), TIFFTAG_YRESOLUTION, foreign.y_dpi);
  std::vector<std::uint8_t> strip(static_cast<std::size_t>(TIFFStripSize(tiff.get())));
  for (std::uint32_t s = 0; s < TIFFNumberOfStrips(tiff.get()); ++s)
    TIFFWriteEncodedStrip(tiff.get(), s, strip.data(), static_cast<tmsize_t>(strip.size()));
}

}  // namespace

TEST_CASE("page files are numbered so that they sort") {
  CHECK(page::page_file_name(1) == "0001.tif");
  CHECK(page::page_file_name(1000) == "1000.tif");
}

TEST_CASE("a page comes back from its file as it was, at every resolution") {
  const unit::ScratchFolder folder;
  unsigned number = 0;
  for (const auto& [width, x, y] : {std::tuple{1728U, 204, 98},
                                    {1728U, 204, 196},
                                    {2048U, 204, 391},
                                    {2432U, 204, 196},
                                    {2592U, 300, 300},
                                    {3456U, 408, 391},
                                    {4864U, 408, 391}}) {
    PageImage image = unit::text_page(100 + number, number, width, static_cast<std::uint16_t>(x),
                                      static_cast<std::uint16_t>(y));
    image.bad_rows = number;
    image.longest_bad_run = number / 2;
    write_page(folder.path, ++number, image);
    const PageImage back = read_page(folder.path / page::page_file_name(number));
    CHECK(back.width_pels == width);
    CHECK(back.x_dpi == x);
    CHECK(back.y_dpi == y);
    CHECK(back.row_count == image.row_count);
    CHECK(back.rows == image.rows);
    CHECK(back.bad_rows == image.bad_rows);
    CHECK(back.longest_bad_run == image.longest_bad_run);
  }
  CHECK(unit::names_in(folder.path).size() == 7);
}

TEST_CASE("the file is a TIFF of class F as RFC 3949 has it") {
  const unit::ScratchFolder folder;
  PageImage image = unit::text_page(1145, 1, 1728, 204, 196);
  image.bad_rows = 5;
  image.longest_bad_run = 2;
  write_page(folder.path, 1, image);
  CHECK(unit::text_in(folder.path / "0001.tif").substr(0, 2) == "II");
  const Tiff tiff = open_tiff(folder.path / "0001.tif", "r");
  REQUIRE(tiff != nullptr);
  CHECK(tag<std::uint32_t>(tiff.get(), TIFFTAG_IMAGEWIDTH) == 1728);
  CHECK(tag<std::uint32_t>(tiff.get(), TIFFTAG_IMAGELENGTH) == 1145);
  CHECK(tag<std::uint32_t>(tiff.get(), TIFFTAG_SUBFILETYPE) == FILETYPE_PAGE);
  CHECK(tag<std::uint16_t>(tiff.get(), TIFFTAG_COMPRESSION) == COMPRESSION_CCITTFAX4);
  CHECK(tag<std::uint16_t>(tiff.get(), TIFFTAG_PHOTOMETRIC) == PHOTOMETRIC_MINISWHITE);
  CHECK(tag<std::uint16_t>(tiff.get(), TIFFTAG_RESOLUTIONUNIT) == RESUNIT_INCH);
  CHECK(tag<float>(tiff.get(), TIFFTAG_XRESOLUTION) == 204);
  CHECK(tag<float>(tiff.get(), TIFFTAG_YRESOLUTION) == 196);
  CHECK(tag<std::uint32_t>(tiff.get(), TIFFTAG_BADFAXLINES) == 5);
  CHECK(tag<std::uint16_t>(tiff.get(), TIFFTAG_CLEANFAXDATA) == CLEANFAXDATA_REGENERATED);
  CHECK(tag<std::uint32_t>(tiff.get(), TIFFTAG_CONSECUTIVEBADFAXLINES) == 2);
  CHECK(TIFFNumberOfStrips(tiff.get()) == 1);
  CHECK(TIFFReadDirectory(tiff.get()) == 0);  // one page
}

TEST_CASE("a page that cannot be stored throws and leaves no file") {
  const unit::ScratchFolder folder;
  CHECK_THROWS_WITH_AS(write_page(folder.path, 1, {1728, 204, 98, {}, 0, 0, 0}),
                       "a page without rows is no page", base::Failure);
  CHECK_THROWS_AS(write_page(folder.path / "none", 1, unit::text_page(20, 1)), std::system_error);
  PageImage torn = unit::text_page(20, 1);
  torn.row_count = 30;  // more than it has
  CHECK_THROWS_AS(write_page(folder.path, 1, torn), base::Failure);
  CHECK(unit::names_in(folder.path).empty());
}

TEST_CASE("files of other programs are no pages of ours") {
  const unit::ScratchFolder folder;
  const auto file = folder.path / "foreign.tif";
  write_foreign(file, {.what = "one just like ours"});
  CHECK(read_page(file).row_count == 20);
  const std::vector<Foreign> table = {
      {.what = "8 bits a pel", .bits = 8, .compression = COMPRESSION_NONE},
      {.what = "three colours", .bits = 8, .samples = 3, .compression = COMPRESSION_LZW},
      {.what = "not compressed", .compression = COMPRESSION_NONE},
      {.what = "MH", .compression = COMPRESSION_CCITTFAX3},
      {.what = "LZW", .compression = COMPRESSION_LZW},
      {.what = "two strips", .rows_per_strip = 10},
      {.what = "too wide", .width = 4865},
      {.what = "too long", .width = 8, .rows = 40001, .rows_per_strip = 40001},
      {.what = "no resolution", .x_dpi = -1, .y_dpi = -1},
      {.what = "a resolution beyond all paper", .x_dpi = 1e9},
      {.what = "no vertical resolution", .y_dpi = 0},
  };
  const std::string said = file.string() + " is no page of ours";
  for (const Foreign& foreign : table) {
    INFO(foreign.what);
    write_foreign(file, foreign);
    CHECK_THROWS_WITH_AS((void)read_page(file), said.c_str(), base::Failure);
  }
}

TEST_CASE("what is no TIFF at all is said") {
  const unit::ScratchFolder folder;
  const auto file = folder.path / "0001.tif";
  for (const std::string& text :
       {std::string(), std::string("II"), std::string("%PDF-1.7"), std::string("II*\0\xFF\xFF\xFF\x7F", 8),
        std::string("II*\0\x08\0\0\0\0\0", 10), std::string("II+\0\x08\0\0\0", 8)}) {
    unit::put_file(file, text);
    CHECK_THROWS_AS((void)read_page(file), base::Failure);
  }
  std::filesystem::remove(file);
  CHECK_THROWS_AS((void)read_page(file), std::system_error);
  std::filesystem::create_symlink("/etc/passwd", file);
  CHECK_THROWS_AS((void)read_page(file), std::system_error);
}

TEST_CASE("no changed byte of a page's file does worse than a refusal") {
  const unit::ScratchFolder folder;
  write_page(folder.path, 1, unit::text_page(60, 3));
  const std::string good = unit::text_in(folder.path / "0001.tif");
  const auto file = folder.path / "changed.tif";
  std::mt19937 random(3);
  unsigned refused = 0;
  for (unsigned trial = 0; trial < 2000; ++trial) {
    std::string changed = good;
    // Half of the trials in the tags, which stand at the end.
    const std::size_t from = trial % 2 == 0 ? good.size() - std::min<std::size_t>(good.size(), 300) : 0;
    changed[from + random() % (good.size() - from)] = static_cast<char>(random());
    if (trial % 7 == 0) changed.resize(random() % changed.size());
    unit::put_file(file, changed);
    try {
      const PageImage image = read_page(file);
      REQUIRE(image.row_count <= page::longest_page_rows);
      REQUIRE(image.rows.size() == page::octets_per_row(image.width_pels) * image.row_count);
    } catch (const base::Failure&) {
      ++refused;
    }
  }
  CHECK(refused > 200);
}
