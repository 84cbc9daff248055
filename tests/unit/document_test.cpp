// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/document.hpp"

#include <doctest/doctest.h>
#include <tiffio.h>

#include <memory>

#include "src/base/errors.hpp"
#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/test_pages.hpp"

using page::PageImage;

TEST_CASE("a document of mixed pages holds exactly its pages, in order") {
  const unit::ScratchFolder folder;
  const std::vector<PageImage> pages = {unit::text_page(1145, 1),
                                        unit::text_page(2290, 2, 1728, 204, 196),
                                        unit::text_page(700, 3, 3456, 408, 391),
                                        unit::text_page(1, 4, 2048, 204, 391),
                                        {2592, 300, 300, unit::noise_rows(2592, 300, 5), 300, 12, 3}};
  std::vector<std::filesystem::path> files;
  for (unsigned n = 0; n < pages.size(); ++n) {
    page::write_page(folder.path, n + 1, pages[n]);
    files.push_back(folder.path / page::page_file_name(n + 1));
  }
  page::write_document(folder.path, "fax.tif", files, {"Fax from +49 to 69", "2026:11:23 14:03:00"});

  const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen((folder.path / "fax.tif").c_str(), "r"),
                                                    TIFFClose);
  REQUIRE(tiff != nullptr);
  REQUIRE(TIFFNumberOfDirectories(tiff.get()) == pages.size());
  for (unsigned n = 0; n < pages.size(); ++n) {
    INFO("page " << n + 1);
    REQUIRE(TIFFSetDirectory(tiff.get(), static_cast<std::uint16_t>(n)) == 1);
    std::uint32_t width = 0, rows = 0, bad = 0, run = 0;
    std::uint16_t index = 99, count = 99, clean = 99;
    float x = 0, y = 0;
    char* description = nullptr;
    char* date = nullptr;
    TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &rows);
    TIFFGetField(tiff.get(), TIFFTAG_XRESOLUTION, &x);
    TIFFGetField(tiff.get(), TIFFTAG_YRESOLUTION, &y);
    TIFFGetField(tiff.get(), TIFFTAG_BADFAXLINES, &bad);
    TIFFGetField(tiff.get(), TIFFTAG_CLEANFAXDATA, &clean);
    TIFFGetField(tiff.get(), TIFFTAG_CONSECUTIVEBADFAXLINES, &run);
    TIFFGetField(tiff.get(), TIFFTAG_PAGENUMBER, &index, &count);
    REQUIRE(TIFFGetField(tiff.get(), TIFFTAG_IMAGEDESCRIPTION, &description) == 1);
    REQUIRE(TIFFGetField(tiff.get(), TIFFTAG_DATETIME, &date) == 1);
    CHECK(width == pages[n].width_pels);
    CHECK(rows == pages[n].row_count);
    CHECK(x == pages[n].x_dpi);
    CHECK(y == pages[n].y_dpi);
    CHECK(bad == pages[n].bad_rows);
    CHECK(run == pages[n].longest_bad_run);
    CHECK(clean == (pages[n].bad_rows == 0 ? CLEANFAXDATA_CLEAN : CLEANFAXDATA_REGENERATED));
    CHECK(index == n);
    CHECK(count == pages.size());
    CHECK(std::string(description) == "Fax from +49 to 69");
    CHECK(std::string(date) == "2026:11:23 14:03:00");
    std::vector<std::uint8_t> pels(pages[n].rows.size());
    CHECK(TIFFReadEncodedStrip(tiff.get(), 0, pels.data(), static_cast<tmsize_t>(pels.size())) ==
          static_cast<tmsize_t>(pels.size()));
    CHECK(pels == pages[n].rows);
  }
}

TEST_CASE("a page that is missing or broken makes no document") {
  const unit::ScratchFolder folder;
  page::write_page(folder.path, 1, unit::text_page(100, 1));
  const auto first = folder.path / "0001.tif";
  const auto second = folder.path / "0002.tif";
  CHECK_THROWS_AS(page::write_document(folder.path, "fax.tif", {first, second}, {}), std::system_error);
  unit::put_file(second, "no TIFF");
  CHECK_THROWS_AS(page::write_document(folder.path, "fax.tif", {first, second}, {}), base::Failure);
  const std::string good = unit::text_in(first);
  unit::put_file(second, good.substr(0, 100));  // the tags are gone with its end
  CHECK_THROWS_AS(page::write_document(folder.path, "fax.tif", {first, second}, {}), base::Failure);
  CHECK(unit::names_in(folder.path) == std::set<std::string>{"0001.tif", "0002.tif"});
}

TEST_CASE("a document written twice is the same file") {
  const unit::ScratchFolder folder;
  page::write_page(folder.path, 1, unit::text_page(100, 1));
  page::write_document(folder.path, "fax.tif", {folder.path / "0001.tif"}, {"a", "2026:11:23 14:03:00"});
  const std::string once = unit::text_in(folder.path / "fax.tif");
  page::write_document(folder.path, "fax.tif", {folder.path / "0001.tif"}, {"a", "2026:11:23 14:03:00"});
  CHECK(unit::text_in(folder.path / "fax.tif") == once);
}
