// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/pdf.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <optional>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/paper/ghostscript.hpp"
#include "src/faxmail/paper/pdf_metadata.hpp"
#include "src/faxmail/paper/received_line.hpp"
#include "src/faxmail/paper/tiff_pages.hpp"

namespace faxmail {
namespace {

constexpr double longest_side_points = 14400;  // ISO 32000-1, annex C.2
constexpr double shortest_side_points = 3;     // likewise; a page cut off after a row or two is shorter
constexpr double preview_width_px = 850, highest_preview_px = 3000;
constexpr double preview_dpi = 300;         // of what is drawn before it is made smaller
constexpr unsigned preview_down_scale = 3;  // grey from 3 x 3: thin strokes stay

// Hundredths of a point, never more than the pels cover: Ghostscript rounds a page size up to its next device
// pixel.
double points(unsigned pels, double dpi) {
  return (std::ceil(pels * 7200.0 / dpi) - 1) / 100;
}

// Points. The picture lies at the upper left, under the strip for the line if there is one.
struct Sheet {
  double image_width, image_height, width, height;
  double image_bottom, strip_bottom;
};

Sheet sheet_of(const TiffPage& page, bool with_line) {
  Sheet sheet{};
  sheet.image_width = points(page.width_pels, page.x_dpi);
  sheet.image_height = points(page.rows, page.y_dpi);
  const double strip = with_line ? received_strip_points : 0;
  sheet.width = std::max(sheet.image_width, shortest_side_points);
  sheet.height = std::max(sheet.image_height + strip, shortest_side_points);
  sheet.strip_bottom = sheet.height - strip;
  sheet.image_bottom = sheet.strip_bottom - sheet.image_height;
  return sheet;
}

void check_sheets(const TiffPages& tiff, const PdfRequest& request, bool with_line) {
  for (const TiffPage& page : tiff.pages()) {
    const Sheet sheet = sheet_of(page, with_line);
    if (sheet.width > longest_side_points || sheet.height > longest_side_points)
      throw base::Failure("{} has a page of {:.0f} x {:.0f} mm; a side of a PDF page has at most {:.0f} mm",
                          request.tiff.string(), sheet.width / 72 * 25.4, sheet.height / 72 * 25.4,
                          longest_side_points / 72 * 25.4);
  }
}

// The picture's bytes come through %stdin and SubFileDecode with their exact count, never inside the program:
// a byte too few or too many could otherwise run as PostScript.
std::string page_program(const TiffPage& page, const Sheet& sheet, const std::string& line) {
  const std::string place = fmt::format(
      "<< /PageSize [{:.2f} {:.2f}] >> setpagedevice\n{}gsave 0 {:.2f} translate {:.2f} {:.2f} scale\n",
      sheet.width, sheet.height, line, sheet.image_bottom, sheet.image_width, sheet.image_height);
  return place + fmt::format(
                     "/DeviceGray setcolorspace << /ImageType 1 /Width {0} /Height {1} /BitsPerComponent 1 "
                     "/Decode [0 1]\n"
                     "/ImageMatrix [{0} 0 0 -{1} 0 {1}] /DataSource (%stdin) (r) file\n"
                     "<< /EODCount {2} /EODString () >> /SubFileDecode filter >> image grestore showpage\n",
                     page.width_pels, page.rows, page.row_bytes() * page.rows);
}

// Hands out the rows of the page that `tiff` stands at, in pieces as Ghostscript wants them.
class Rows {
 public:
  Rows(TiffPages& tiff, const TiffPage& page)
      : tiff_(tiff), rows_left_(page.rows), row_(page.row_bytes()), used_(row_.size()) {}

  std::size_t take(std::span<char> buffer) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
      if (used_ == row_.size() && !next_row()) break;
      const std::size_t piece = std::min(row_.size() - used_, buffer.size() - filled);
      std::copy_n(row_.begin() + static_cast<std::ptrdiff_t>(used_), piece,
                  buffer.begin() + static_cast<std::ptrdiff_t>(filled));
      used_ += piece;
      filled += piece;
    }
    return filled;
  }

 private:
  bool next_row() {
    if (rows_left_ == 0) return false;
    --rows_left_;
    tiff_.read_row(row_);
    used_ = 0;
    return true;
  }

  TiffPages& tiff_;
  unsigned rows_left_;
  std::vector<std::uint8_t> row_;
  std::size_t used_;
};

bool wants_line(const PdfRequest& request) {
  return request.received_line && !request.company.empty();
}

void draw_page(Ghostscript& gs, TiffPages& tiff, std::size_t index, const PdfRequest& request) {
  const TiffPage& page = tiff.pages().at(index);
  const Sheet sheet = sheet_of(page, wants_line(request));
  std::string line;
  if (wants_line(request))
    line = received_line_program(received_line(request.company, request.fax, index + 1, tiff.pages().size()),
                                 sheet.width, sheet.strip_bottom);
  tiff.go_to(index);
  Rows rows(tiff, page);
  gs.run(page_program(page, sheet, line), [&rows](std::span<char> buffer) { return rows.take(buffer); });
}

base::UniqueFd create(const std::filesystem::path& file) {
  base::UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!fd) throw base::system_failure("cannot create " + file.string());
  return fd;
}

// By number, so that no file name is read as one of Ghostscript's patterns ("%d").
std::string output_argument(const base::UniqueFd& fd) {
  return fmt::format("-sOutputFile=/proc/self/fd/{}", fd.get());
}

// Ghostscript 10.00 tells nobody when the last of its bytes do not fit on the disk: the file just ends early.
void check_end(const base::UniqueFd& fd, std::string_view mark, const std::filesystem::path& file) {
  std::array<char, 16> last{};
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  const off_t from = std::max<off_t>(size - static_cast<off_t>(last.size()), 0);
  const ssize_t got = ::pread(fd.get(), last.data(), last.size(), from);
  if (got <= 0 ||
      std::string_view(last.data(), static_cast<std::size_t>(got)).find(mark) == std::string_view::npos)
    throw GhostscriptFailure("{} could not be written to its end; is the disk full?", file.string());
}

// Ghostscript's temporary files lie beside the PDF, in the only folder that this process may write to.
class TemporaryFiles {
 public:
  explicit TemporaryFiles(const std::filesystem::path& folder) {
    if (const char* before = std::getenv(variable)) before_ = before;
    ::setenv(variable, folder.empty() ? "." : folder.c_str(), 1);
  }
  ~TemporaryFiles() { before_ ? ::setenv(variable, before_->c_str(), 1) : ::unsetenv(variable); }
  TemporaryFiles(const TemporaryFiles&) = delete;
  TemporaryFiles& operator=(const TemporaryFiles&) = delete;

 private:
  static constexpr const char* variable = "TMPDIR";
  std::optional<std::string> before_;
};

void write_pdf(TiffPages& tiff, const PdfRequest& request, bool archival) {
  const base::UniqueFd fd = create(request.pdf);
  std::vector<std::string> arguments = {"-sDEVICE=pdfwrite",
                                        "-dAutoRotatePages=/None",
                                        "-dCompatibilityLevel=1.7",
                                        "-dMonoImageFilter=/CCITTFaxEncode",
                                        "-dDownsampleMonoImages=false",
                                        output_argument(fd)};
  // Policy 2: what a PDF/A cannot have is an error, never a file that only claims to be one.
  if (archival)
    arguments.insert(arguments.end(), {"-dPDFA=2", "-dPDFACompatibilityPolicy=2",
                                       "-sColorConversionStrategy=Gray", "-sProcessColorModel=DeviceGray"});
  Ghostscript gs(std::move(arguments));
  gs.run(pdf_information(request.fax, archival, std::time(nullptr)));
  const PageRange pages = request.pages.all() ? PageRange{1, tiff.pages().size()} : request.pages;
  for (std::size_t page = pages.first; page <= pages.last; ++page)
    draw_page(gs, tiff, page - 1, request);
  gs.finish();
  check_end(fd, "%%EOF", request.pdf);
}

// A fax that can be read is worth more than one that keeps to a standard.
void write_archival_or_plain(TiffPages& tiff, const PdfRequest& request) {
  if (!request.pdf_a) return write_pdf(tiff, request, false);
  try {
    write_pdf(tiff, request, true);
  } catch (const GhostscriptFailure& error) {
    base::log::warning("fax {}: no PDF/A could be made, a plain PDF is tried: {}", request.fax.id.text(),
                       error.what());
    write_pdf(tiff, request, false);
  }
}

void write_preview(TiffPages& tiff, const PdfRequest& request) {
  const base::UniqueFd fd = create(request.preview);
  const Sheet sheet = sheet_of(tiff.pages().front(), wants_line(request));
  const double dpi = std::min({preview_dpi, preview_width_px * preview_down_scale * 72 / sheet.width,
                               highest_preview_px * preview_down_scale * 72 / sheet.height});
  Ghostscript gs({"-sDEVICE=pnggray", fmt::format("-r{:.2f}", dpi),
                  fmt::format("-dDownScaleFactor={}", preview_down_scale), output_argument(fd)});
  draw_page(gs, tiff, 0, request);
  gs.finish();
  check_end(fd, "IEND", request.preview);
}

}  // namespace

void make_pdf(const PdfRequest& request) {
  const TemporaryFiles beside(request.pdf.parent_path());
  TiffPages tiff(request.tiff);
  check_sheets(tiff, request, wants_line(request));
  write_archival_or_plain(tiff, request);
  if (!request.preview.empty()) write_preview(tiff, request);
}

}  // namespace faxmail
