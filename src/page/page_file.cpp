// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/page_file.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/page/memory_tiff.hpp"
#include "src/page/rows.hpp"

namespace page {
namespace {

constexpr std::string_view cut_off = ", cut off";
constexpr std::string_view damaged_mark = ", damaged";

std::string marks_of(const PageImage& image) {
  return fmt::format("{}{}{}", image.verdict, image.complete ? "" : cut_off,
                     image.damaged ? damaged_mark : "");
}

void read_marks(TIFF* tiff, PageImage& image) {
  const char* text = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_PAGENAME, &text) != 1 || text == nullptr) return;
  const std::string_view marks(text);
  constexpr std::array<std::string_view, 3> verdicts = {"good", "poor", "bad"};
  const std::string_view verdict = marks.substr(0, marks.find(','));
  if (std::find(verdicts.begin(), verdicts.end(), verdict) != verdicts.end()) image.verdict = verdict;
  image.complete = marks.find(cut_off) == std::string_view::npos;
  image.damaged = marks.find(damaged_mark) != std::string_view::npos;
}

void set_tags(TIFF* tiff, const PageImage& image) {
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
  set_g4_tags(tiff, image.width_pels, image.row_count);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, static_cast<double>(image.x_dpi));
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, static_cast<double>(image.y_dpi));
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  TIFFSetField(tiff, TIFFTAG_SOFTWARE, "dahdi-faxrx " PROJECT_VERSION);
  TIFFSetField(tiff, TIFFTAG_PAGENAME, marks_of(image).c_str());
  TIFFSetField(tiff, TIFFTAG_BADFAXLINES, image.bad_rows);
  TIFFSetField(tiff, TIFFTAG_CLEANFAXDATA,
               image.bad_rows == 0 ? CLEANFAXDATA_CLEAN : CLEANFAXDATA_REGENERATED);
  TIFFSetField(tiff, TIFFTAG_CONSECUTIVEBADFAXLINES, image.longest_bad_run);
}

constexpr float finest_dpi = 2400;

bool is_one_g4_strip(TIFF* tiff) {
  std::uint16_t bits = 1;
  std::uint16_t samples = 1;
  std::uint16_t compression = COMPRESSION_NONE;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetField(tiff, TIFFTAG_COMPRESSION, &compression);
  return bits == 1 && samples == 1 && compression == COMPRESSION_CCITTFAX4 && TIFFIsTiled(tiff) == 0 &&
         TIFFNumberOfStrips(tiff) == 1;
}

void write_image(int fd, const std::string& name, const PageImage& image) {
  std::string complaints;
  TiffComplaint complaint = [&complaints](const std::string& words) { complaints += ": " + words; };
  TiffHandle tiff = open_tiff_fd(fd, name, "w", &complaint);
  set_tags(tiff.get(), image);
  std::vector<std::uint8_t> rows = image.rows;
  const bool written =
      TIFFWriteEncodedStrip(tiff.get(), 0, rows.data(), static_cast<tmsize_t>(rows.size())) >= 0 &&
      TIFFWriteDirectory(tiff.get()) == 1;
  tiff.reset();  // what closing cannot write, it can only complain about
  if (!written || !complaints.empty()) throw base::Failure("cannot write the page {}{}", name, complaints);
}

// What was written is what will be mailed: believe the disk, not the buffer.
void check_read_back(const std::filesystem::path& file, const PageImage& image) {
  const PageImage back = read_page(file);
  if (back.row_count != image.row_count || back.width_pels != image.width_pels || back.rows != image.rows ||
      marks_of(back) != marks_of(image))
    throw base::Failure("page {} reads back different from what was written", file.string());
}

}  // namespace

std::string page_file_name(unsigned number) {
  return fmt::format("{:04}.tif", number);
}

void write_page(const std::filesystem::path& folder, unsigned number, const PageImage& image) {
  if (image.row_count == 0) throw base::Failure("a page without rows is no page");
  base::DurableFile file(folder, page_file_name(number));
  write_image(file.fd(), file.part_path().string(), image);
  file.commit();
  try {
    check_read_back(folder / page_file_name(number), image);
  } catch (...) {
    base::durable_remove(folder / page_file_name(number));  // what was not stored must not look as if it were
    throw;
  }
}

PageImage read_page(const std::filesystem::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  bool damaged = false;
  TiffComplaint complaint = [&damaged](const std::string&) { damaged = true; };
  const TiffHandle tiff = open_tiff_fd(fd.get(), file.string(), "r", &complaint);
  PageImage image;
  float x = 0;
  float y = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &image.width_pels);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &image.row_count);
  TIFFGetField(tiff.get(), TIFFTAG_XRESOLUTION, &x);
  TIFFGetField(tiff.get(), TIFFTAG_YRESOLUTION, &y);
  TIFFGetField(tiff.get(), TIFFTAG_BADFAXLINES, &image.bad_rows);
  TIFFGetField(tiff.get(), TIFFTAG_CONSECUTIVEBADFAXLINES, &image.longest_bad_run);
  read_marks(tiff.get(), image);
  const bool within_limits = image.width_pels >= 1 && image.width_pels <= widest_page_pels &&
                             image.row_count >= 1 && image.row_count <= longest_page_rows && x >= 1 &&
                             x <= finest_dpi && y >= 1 && y <= finest_dpi;
  if (damaged || !within_limits || !is_one_g4_strip(tiff.get()))
    throw base::Failure("{} is no page of ours", file.string());
  image.x_dpi = static_cast<std::uint16_t>(x);
  image.y_dpi = static_cast<std::uint16_t>(y);
  image.rows.resize(octets_per_row(image.width_pels) * image.row_count);
  if (TIFFReadEncodedStrip(tiff.get(), 0, image.rows.data(), static_cast<tmsize_t>(image.rows.size())) !=
          static_cast<tmsize_t>(image.rows.size()) ||
      damaged)
    throw base::Failure("{} cannot be read back", file.string());
  return image;
}

}  // namespace page
