// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxcall/fax_file.hpp"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "src/base/errors.hpp"

namespace faxcall {
namespace {

constexpr int most_pages = 9999;

// What T.30 table 2 knows and spandsp sends: dots per inch, and the pels of a row on A4, B4 and A3.
struct KnownFormat {
  double x, y;
  std::array<std::uint32_t, 3> widths;
};
constexpr std::array<KnownFormat, 5> known_formats{{{204, 98, {1728, 2048, 2432}},
                                                    {204, 196, {1728, 2048, 2432}},
                                                    {204, 391, {1728, 2048, 2432}},
                                                    {300, 300, {2592, 3072, 3648}},
                                                    {408, 391, {3456, 4096, 4864}}}};

struct Page {
  std::uint32_t width = 0;
  std::uint16_t bits = 1, samples = 1, unit = RESUNIT_INCH;
  float x = 0, y = 0;
};

Page read_page(TIFF* tiff) {
  Page page;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &page.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &page.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &page.unit);
  TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &page.x);
  TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &page.y);
  if (page.unit == RESUNIT_CENTIMETER) {
    page.x *= 2.54F;
    page.y *= 2.54F;
  }
  return page;
}

bool can_be_faxed(const Page& page) {
  if (page.bits != 1 || page.samples != 1) return false;
  const auto near = [](double have, double want) { return std::abs(have - want) < want * 0.01; };
  return std::any_of(known_formats.begin(), known_formats.end(), [&](const KnownFormat& format) {
    const bool width_known =
        std::find(format.widths.begin(), format.widths.end(), page.width) != format.widths.end();
    return width_known && near(page.x, format.x) && near(page.y, format.y);
  });
}

void check_page(TIFF* tiff, const std::filesystem::path& file, int number) {
  const Page page = read_page(tiff);
  if (can_be_faxed(page)) return;
  throw base::Failure(
      "{}: page {} cannot be faxed: {} pels a row of {} bits, {:.0f}x{:.0f} dots per inch; a fax page has "
      "one bit a "
      "pel and, on A4, 1728 pels at 204x98, 204x196 or 204x391, 2592 at 300x300 or 3456 at 408x391.",
      file.string(), number, page.width, page.bits * page.samples, page.x, page.y);
}

}  // namespace

int count_fax_pages(const std::filesystem::path& file) {
  TIFFSetErrorHandler(nullptr);  // we say ourselves what is wrong
  TIFFSetWarningHandler(nullptr);
  const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(file.c_str(), "r"), TIFFClose);
  if (!tiff) throw base::Failure("{} is not a TIFF file that can be read.", file.string());
  int pages = 0;
  do
    check_page(tiff.get(), file, ++pages);
  while (pages < most_pages && TIFFReadDirectory(tiff.get()) == 1);
  return pages;
}

}  // namespace faxcall
