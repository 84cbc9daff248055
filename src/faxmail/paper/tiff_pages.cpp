// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/tiff_pages.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/base/unique_fd.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {
namespace {

constexpr tmsize_t most_bytes_libtiff_may_take_at_once = 256 << 20;
constexpr double coarsest_dpi = 20, finest_dpi = 5000;  // T.4 and T.30 have 97.79 to 1200

bool is_fax_or_plain(unsigned compression) noexcept {
  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTRLEW:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
      return true;
    default:
      return false;
  }
}

}  // namespace

int TiffPages::note(TIFF*, void* self, const char* module, const char* format, va_list values) noexcept {
  std::array<char, 256> text{};
  const int length = std::vsnprintf(text.data(), text.size(), format, values);
  auto& trouble = static_cast<TiffPages*>(self)->trouble_;
  try {
    if (length > 0 && trouble.empty())
      trouble =
          base::printable(fmt::format("{}: {}", module == nullptr ? "libtiff" : module, text.data()), 256);
  } catch (...) {
    trouble = "trouble";  // short enough to need no memory
  }
  return 1;  // it is said: libtiff shall not print it
}

TiffPages::TiffPages(const std::filesystem::path& file) : name_(file.string()) {
  open();
  read_all_shapes();
}

void TiffPages::open() {
  base::UniqueFd fd(::open(name_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw base::system_failure("cannot open " + name_);
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 TIFFOpenOptionsFree);
  if (!options) throw std::bad_alloc();
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), most_bytes_libtiff_may_take_at_once);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), note, this);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), note, this);
  // "m": not mapped into memory, where a file that becomes shorter would kill the process.
  tiff_.reset(TIFFFdOpenExt(fd.get(), name_.c_str(), "rm", options.get()));
  if (!tiff_) throw base::Failure("{} is no TIFF file that can be read: {}", name_, trouble_);
  static_cast<void>(fd.release());  // TIFFClose closes it
}

void TiffPages::read_all_shapes() {
  std::uint64_t pels = 0;
  for (;;) {
    if (pages_.size() == handoff::most_pages)
      throw base::Failure("{} has more than the {} pages a fax may have", name_, handoff::most_pages);
    pages_.push_back(checked_page());
    pels += std::uint64_t{pages_.back().width_pels} * pages_.back().rows;
    if (pels > most_pels_a_fax)
      throw base::Failure("{} is larger than the {} pels a fax may have", name_, most_pels_a_fax);
    if (TIFFLastDirectory(tiff_.get()) != 0) return;
    trouble_.clear();
    if (TIFFReadDirectory(tiff_.get()) == 0)
      throw base::Failure("page {} of {} cannot be read: {}", pages_.size() + 1, name_, trouble_);
  }
}

TiffPage TiffPages::checked_page() {
  check_kind();
  TiffPage page;
  std::uint32_t width = 0, rows = 0;
  std::uint16_t photometric = 0;
  TIFFGetField(tiff_.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff_.get(), TIFFTAG_IMAGELENGTH, &rows);
  TIFFGetField(tiff_.get(), TIFFTAG_PHOTOMETRIC, &photometric);
  page.width_pels = width;
  page.rows = rows;
  page.white_is_zero = photometric == PHOTOMETRIC_MINISWHITE;
  page.directory = TIFFCurrentDirOffset(tiff_.get());
  const std::size_t number = pages_.size() + 1;
  if (width == 0 || rows == 0 || width > widest_page_pels || rows > longest_page_rows ||
      std::uint64_t{width} * rows > most_pels_a_page)
    throw base::Failure(
        "page {} of {} is {} pels wide and {} rows long; a page may have 1 to {} pels a row, 1 to {} rows "
        "and {} pels in all",
        number, name_, width, rows, widest_page_pels, longest_page_rows, most_pels_a_page);
  if (TIFFScanlineSize64(tiff_.get()) != page.row_bytes())
    throw base::Failure("page {} of {} has rows of another length than its width says", number, name_);
  page.x_dpi = dpi(TIFFTAG_XRESOLUTION);
  page.y_dpi = dpi(TIFFTAG_YRESOLUTION);
  return page;
}

void TiffPages::check_kind() {
  std::uint16_t bits = 0, samples = 0, photometric = 0xFFFF, compression = 0;
  TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_BITSPERSAMPLE, &bits);
  TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_SAMPLESPERPIXEL, &samples);
  TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_COMPRESSION, &compression);
  TIFFGetField(tiff_.get(), TIFFTAG_PHOTOMETRIC, &photometric);
  const std::size_t number = pages_.size() + 1;
  if (bits != 1 || samples != 1 || photometric > PHOTOMETRIC_MINISBLACK)
    throw base::Failure(
        "page {} of {} is no black and white picture: a fax has 1 bit a pel, this has {} x {}", number, name_,
        samples, bits);
  if (!is_fax_or_plain(compression) || TIFFIsTiled(tiff_.get()) != 0)
    throw base::Failure(
        "page {} of {} is not stored as a fax is (rows, coded as T.4 or T.6 has it, or plain)", number,
        name_);
}

double TiffPages::dpi(unsigned tag) {
  float value = 0;
  std::uint16_t unit = RESUNIT_INCH;
  TIFFGetField(tiff_.get(), tag, &value);
  TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_RESOLUTIONUNIT, &unit);
  const double dots = unit == RESUNIT_CENTIMETER ? double{value} * 2.54 : double{value};
  if (!(dots >= coarsest_dpi && dots <= finest_dpi))  // written so that a NaN is refused too
    throw base::Failure("page {} of {} has a resolution of {} dots an inch; {} to {} can be",
                        pages_.size() + 1, name_, dots, coarsest_dpi, finest_dpi);
  return dots;
}

void TiffPages::go_to(std::size_t index) {
  trouble_.clear();
  if (TIFFSetSubDirectory(tiff_.get(), pages_.at(index).directory) == 0)
    throw base::Failure("page {} of {} cannot be read again: {}", index + 1, name_, trouble_);
  index_ = index;
  row_ = 0;
}

void TiffPages::read_row(std::span<std::uint8_t> row) {
  const TiffPage& page = pages_.at(index_);
  if (row.size() != page.row_bytes() || row_ >= page.rows)
    throw std::out_of_range("a row that page does not have");
  trouble_.clear();
  // TIFFReadScanline returns 1 for most rows it could not decode; a warning is the only sign of them.
  if (TIFFReadScanline(tiff_.get(), row.data(), row_, 0) != 1 || !trouble_.empty())
    throw base::Failure("page {} of {} is damaged in row {} of {}: {}", index_ + 1, name_, row_ + 1,
                        page.rows, trouble_);
  ++row_;
  if (page.white_is_zero)
    std::transform(row.begin(), row.end(), row.begin(),
                   [](std::uint8_t byte) { return static_cast<std::uint8_t>(~byte); });
}

}  // namespace faxmail
