// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/page_file.hpp"

#include <fcntl.h>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/page/memory_tiff.hpp"
#include "src/page/t6.hpp"

namespace page {
namespace {

void set_tags(TIFF* tiff, const PageImage& image) {
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, image.width_pels);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, image.row_count);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, image.row_count);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, static_cast<double>(image.x_dpi));
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, static_cast<double>(image.y_dpi));
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  TIFFSetField(tiff, TIFFTAG_SOFTWARE, "dahdi-faxrx " PROJECT_VERSION);
  TIFFSetField(tiff, TIFFTAG_BADFAXLINES, image.bad_rows);
  TIFFSetField(tiff, TIFFTAG_CLEANFAXDATA, image.bad_rows == 0 ? CLEANFAXDATA_CLEAN : CLEANFAXDATA_REGENERATED);
  TIFFSetField(tiff, TIFFTAG_CONSECUTIVEBADFAXLINES, image.longest_bad_run);
}

void write_image(int fd, const std::string& name, const PageImage& image) {
  std::string complaints;
  TiffComplaint complaint = [&complaints](const std::string& words) { complaints += ": " + words; };
  TiffHandle tiff = open_tiff_fd(fd, name, "w", &complaint);
  set_tags(tiff.get(), image);
  std::vector<std::uint8_t> rows = image.rows;
  const bool written = TIFFWriteEncodedStrip(tiff.get(), 0, rows.data(), static_cast<tmsize_t>(rows.size())) >= 0 &&
                       TIFFWriteDirectory(tiff.get()) == 1;
  tiff.reset();  // what closing cannot write, it can only complain about
  if (!written || !complaints.empty()) throw base::Failure("cannot write the page {}{}", name, complaints);
}

}  // namespace

std::string page_file_name(unsigned number) { return fmt::format("{:04}.tif", number); }

void write_page(const std::filesystem::path& folder, unsigned number, const PageImage& image) {
  if (image.row_count == 0) throw base::Failure("a page without rows is no page");
  base::DurableFile file(folder, page_file_name(number));
  write_image(file.fd(), file.part_path().string(), image);
  file.commit();
  // What was written is what will be mailed: believe the disk, not the buffer.
  const PageImage back = read_page(folder / page_file_name(number));
  if (back.row_count != image.row_count || back.width_pels != image.width_pels || back.rows != image.rows)
    throw base::Failure("page {} reads back different from what was written", (folder / page_file_name(number)).string());
}

PageImage read_page(const std::filesystem::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  const TiffHandle tiff = open_tiff_fd(fd.get(), file.string(), "r", nullptr);
  PageImage image;
  float x = 0;
  float y = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &image.width_pels);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &image.row_count);
  TIFFGetField(tiff.get(), TIFFTAG_XRESOLUTION, &x);
  TIFFGetField(tiff.get(), TIFFTAG_YRESOLUTION, &y);
  TIFFGetField(tiff.get(), TIFFTAG_BADFAXLINES, &image.bad_rows);
  TIFFGetField(tiff.get(), TIFFTAG_CONSECUTIVEBADFAXLINES, &image.longest_bad_run);
  image.x_dpi = static_cast<std::uint16_t>(x);
  image.y_dpi = static_cast<std::uint16_t>(y);
  if (image.width_pels == 0 || image.width_pels > widest_page_pels || image.row_count == 0 ||
      image.row_count > longest_page_rows || TIFFNumberOfStrips(tiff.get()) != 1)
    throw base::Failure("{} is no page of ours", file.string());
  image.rows.resize(octets_per_row(image.width_pels) * image.row_count);
  if (TIFFReadEncodedStrip(tiff.get(), 0, image.rows.data(), static_cast<tmsize_t>(image.rows.size())) !=
      static_cast<tmsize_t>(image.rows.size()))
    throw base::Failure("{} cannot be read back", file.string());
  return image;
}

}  // namespace page
