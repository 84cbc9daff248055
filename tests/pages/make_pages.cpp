// SPDX-License-Identifier: GPL-2.0-or-later
// make-pages SOURCES FOLDER: renders the PostScript pages beside this file to the class F TIFF files that the
// demo and the tests fax: sample.tif, one.tif, ten.tif, mixed.tif. Run by the build. Its output depends on
// nothing but its input and Ghostscript's version: no date, no host name.
#include <fmt/format.h>
#include <ghostscript/iapi.h>
#include <ghostscript/ierrors.h>
#include <sys/mman.h>
#include <tiffio.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"

namespace {

constexpr std::uint32_t row_pels = 1728;  // of every page on A4 paper at 204 dots per inch, T.4 table 1
constexpr std::uint32_t row_bytes = row_pels / 8;

struct Format {
  unsigned dots_per_inch_down;
  std::uint32_t rows;  // 297 mm
};
constexpr Format standard{98, 1143}, fine{196, 2286}, superfine{391, 4570};

struct PageToMake {
  const char* source;
  Format format;
  unsigned number = 1, of = 1;
};

// Runs Ghostscript with these arguments, the last of which is the file to render.
void ghostscript(std::vector<std::string> arguments) {
  void* instance = nullptr;  // must be null before, or gsapi_new_instance refuses
  if (gsapi_new_instance(&instance, nullptr) < 0) throw base::Failure("Ghostscript does not start.");
  const std::unique_ptr<void, void (*)(void*)> owner(instance, gsapi_delete_instance);
  gsapi_set_arg_encoding(instance, GS_ARG_ENCODING_UTF8);
  std::vector<char*> argv;
  for (std::string& argument : arguments)
    argv.push_back(argument.data());
  const int code = gsapi_init_with_args(instance, static_cast<int>(argv.size()), argv.data());
  const int exit_code = gsapi_exit(instance);
  if ((code < 0 && code != gs_error_Quit) || exit_code < 0)
    throw base::Failure("Ghostscript cannot render {} (code {}).", arguments.back(), code);
}

// One page's rows, a bit a pel, 1 = black.
std::string render(const std::filesystem::path& sources, const PageToMake& page) {
  const base::UniqueFd bitmap(::memfd_create("page", MFD_CLOEXEC));
  ghostscript({"make-pages", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-sDEVICE=pbmraw",
               fmt::format("-sOutputFile=/proc/self/fd/{}", bitmap.get()),
               fmt::format("-r204x{}", page.format.dots_per_inch_down),
               fmt::format("-g{}x{}", row_pels, page.format.rows),
               fmt::format("-dPageNumber={}", page.number), fmt::format("-dPageCount={}", page.of),
               (sources / page.source).string()});
  std::string rows(std::size_t{row_bytes} * page.format.rows, 0);
  const off_t header =
      ::lseek(bitmap.get(), 0, SEEK_END) - static_cast<off_t>(rows.size());  // raw PBM: rows last
  if (header <= 0 ||
      ::pread(bitmap.get(), rows.data(), rows.size(), header) != static_cast<ssize_t>(rows.size()))
    throw base::Failure("Ghostscript rendered no page from {}.", page.source);
  return rows;
}

// TIFF class F, RFC 2306, but for the coding, which is T.6 (class F extended).
void write_page(TIFF* tiff, const PageToMake& page, std::size_t index, std::size_t count, std::string rows) {
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_PAGE);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, row_pels);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, page.format.rows);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, page.format.rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 204.0);
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, static_cast<double>(page.format.dots_per_inch_down));
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
  TIFFSetField(tiff, TIFFTAG_PAGENUMBER, static_cast<unsigned>(index), static_cast<unsigned>(count));
  TIFFSetField(tiff, TIFFTAG_SOFTWARE, "make-pages");
  if (TIFFWriteEncodedStrip(tiff, 0, rows.data(), static_cast<tmsize_t>(rows.size())) < 0 ||
      TIFFWriteDirectory(tiff) == 0)
    throw base::Failure("cannot write page {} of a TIFF file.", index + 1);
}

void make_file(const std::filesystem::path& sources, const std::filesystem::path& file,
               const std::vector<PageToMake>& pages) {
  const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(file.c_str(), "wl"), TIFFClose);
  if (!tiff) throw base::Failure("cannot write {}.", file.string());
  for (std::size_t i = 0; i < pages.size(); ++i)
    write_page(tiff.get(), pages.at(i), i, pages.size(), render(sources, pages.at(i)));
}

std::vector<PageToMake> letters(unsigned count) {
  std::vector<PageToMake> pages;
  for (unsigned number = 1; number <= count; ++number)
    pages.push_back({"letter.ps", standard, number, count});
  return pages;
}

void make_all(const std::filesystem::path& sources, const std::filesystem::path& folder) {
  make_file(sources, folder / "sample.tif",
            {{"letter.ps", standard, 1, 3}, {"drawing.ps", fine, 2, 3}, {"photograph.ps", fine, 3, 3}});
  make_file(sources, folder / "one.tif", letters(1));
  make_file(sources, folder / "ten.tif", letters(10));
  make_file(sources, folder / "mixed.tif",
            {{"letter.ps", standard, 1, 3}, {"letter.ps", fine, 2, 3}, {"drawing.ps", superfine, 3, 3}});
}

}  // namespace

int main(int argc, char** argv) noexcept try {
  if (argc != 3) throw base::Failure("usage: make-pages SOURCES FOLDER");
  make_all(argv[1], argv[2]);
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "make-pages: %s\n", failure.what());
  return 1;
}
