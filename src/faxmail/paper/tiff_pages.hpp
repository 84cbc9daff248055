// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of a received TIFF file, row by row, by libtiff. The file holds what a stranger sent: every
// page's kind and size is checked against the limits below before the first row is read, and a row that
// libtiff has the least doubt about ends the reading, since a page that looks whole and is not would be worse
// than none. Owned by make_pdf.
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace faxmail {

inline constexpr unsigned widest_page_pels = 20000;
inline constexpr unsigned longest_page_rows = 200000;
inline constexpr std::uint64_t most_pels_a_page = 1'000'000'000;  // A3 at 1200 dpi has 0.3e9
inline constexpr std::uint64_t most_pels_a_fax = 20'000'000'000;  // 2000 pages of A4 at 204 x 391 have 15e9

struct TiffPage {
  unsigned width_pels = 0;
  unsigned rows = 0;
  double x_dpi = 0, y_dpi = 0;
  bool white_is_zero = false;
  std::uint64_t directory = 0;  // where in the file
  [[nodiscard]] std::size_t row_bytes() const noexcept { return (width_pels + 7U) / 8U; }
};

class TiffPages {
 public:
  // Opens the file and checks all of its pages. Throws base::Failure or std::system_error.
  explicit TiffPages(const std::filesystem::path& file);
  TiffPages(const TiffPages&) = delete;
  TiffPages& operator=(const TiffPages&) = delete;

  [[nodiscard]] const std::vector<TiffPage>& pages() const noexcept { return pages_; }
  // Goes to the first row of page `index` (0 = first).
  void go_to(std::size_t index);
  // The next row of it: row_bytes() bytes, the leftmost pel in the highest bit, 0 = black, whatever the file
  // has.
  void read_row(std::span<std::uint8_t> row);

 private:
  struct Close {
    void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
  };
  static int note(TIFF* tiff, void* self, const char* module, const char* format, va_list values) noexcept;
  void open();
  void read_all_shapes();
  [[nodiscard]] TiffPage checked_page();
  void check_kind();
  [[nodiscard]] double dpi(unsigned tag);

  std::string name_;
  std::string trouble_;  // what libtiff said since it was last cleared; empty = nothing
  std::unique_ptr<TIFF, Close> tiff_;
  std::vector<TiffPage> pages_;
  std::size_t index_ = 0;
  unsigned row_ = 0;
};

}  // namespace faxmail
