// SPDX-License-Identifier: GPL-2.0-or-later
// TIFF files made here by libtiff become PDFs; pdfimages and pdfinfo (poppler, no relation of Ghostscript)
// say what is in them.
#include "src/faxmail/paper/pdf.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <tiffio.h>

#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <regex>

#include "src/base/child.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxmail/paper/received_line.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace {

namespace fs = std::filesystem;
using unit::ScratchFolder;

// A page, and how the file says it.
struct Page {
  unsigned width = 1728, rows = 300;
  double x_dpi = 204, y_dpi = 196;
  unsigned compression = COMPRESSION_CCITTFAX4, options = 0;
  unsigned photometric = PHOTOMETRIC_MINISWHITE, fill_order = FILLORDER_MSB2LSB, unit = RESUNIT_INCH;
  unsigned bits = 1, samples = 1, rows_a_strip = 0;
  unsigned seed = 1;  // another one, another picture; 0: a blank page
};

// Lines of letters, roughly: what T.4 coding meets. Rows end at odd places, first and last pels are used.
bool is_black(const Page& page, unsigned x, unsigned y) {
  if (page.seed == 0) return false;
  if (x == 0 || x == page.width - 1 || y == 0 || y == page.rows - 1) return (x + y) % 3 == 0;
  const unsigned letter = (x / 24 * 2654435761U) ^ (y / 40 * 40503U) ^ (page.seed * 69069U);
  if (y % 40 > 28 || letter % 7 == 0) return false;
  return ((letter >> (x % 24 / 4 + 6 * (y % 40 / 10))) & 1U) != 0 || (x * 31 + y * 17 + page.seed) % 997 == 0;
}

std::vector<std::uint8_t> row_of(const Page& page, unsigned y) {
  std::vector<std::uint8_t> row((page.width * page.bits * page.samples + 7) / 8);
  for (unsigned x = 0; x < page.width; ++x)
    if (is_black(page, x, y) == (page.photometric == PHOTOMETRIC_MINISWHITE))
      row[x / 8] |= static_cast<std::uint8_t>(0x80U >> (x % 8));
  return row;
}

void write_page(TIFF* tiff, const Page& page) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, page.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, page.rows);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, page.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, page.samples);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, page.compression);
  if (page.compression == COMPRESSION_CCITTFAX3) TIFFSetField(tiff, TIFFTAG_GROUP3OPTIONS, page.options);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, page.photometric);
  TIFFSetField(tiff, TIFFTAG_FILLORDER, page.fill_order);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, page.rows_a_strip == 0 ? page.rows : page.rows_a_strip);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, page.x_dpi);
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, page.y_dpi);
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, page.unit);
  for (unsigned y = 0; y < page.rows; ++y) {
    auto row = row_of(page, y);
    REQUIRE(TIFFWriteScanline(tiff, row.data(), y, 0) == 1);
  }
  REQUIRE(TIFFWriteDirectory(tiff) == 1);
}

void write_tiff(const fs::path& file, const std::vector<Page>& pages) {
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  REQUIRE(tiff != nullptr);
  for (const Page& page : pages)
    write_page(tiff, page);
  TIFFClose(tiff);
}

std::string said_by(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> piece{};
  for (std::size_t got = 0; (got = std::fread(piece.data(), 1, piece.size(), pipe)) > 0;)
    text.append(piece.data(), got);
  INFO(command << ": " << text);
  REQUIRE(::pclose(pipe) == 0);
  return text;
}

// How many pels of the picture that pdfimages took out differ from the page's; all of them when its size
// does.
std::uint64_t differing_pels(const fs::path& picture, const Page& page) {
  TIFF* tiff = TIFFOpen(picture.c_str(), "r");
  if (tiff == nullptr) return ~0ULL;
  std::uint32_t width = 0, rows = 0;
  std::uint16_t photometric = 0, bits = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &rows);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
  TIFFGetField(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
  std::uint64_t differing = width == page.width && rows == page.rows && bits == 1 ? 0 : ~0ULL;
  std::vector<std::uint8_t> row((width + 7) / 8);
  for (unsigned y = 0; y < rows && differing != ~0ULL; ++y) {
    REQUIRE(TIFFReadScanline(tiff, row.data(), y, 0) == 1);
    for (unsigned x = 0; x < width; ++x) {
      const bool set = (row[x / 8] & (0x80U >> (x % 8))) != 0;
      differing += (set == (photometric == PHOTOMETRIC_MINISWHITE)) != is_black(page, x, y) ? 1 : 0;
    }
  }
  TIFFClose(tiff);
  return differing;
}

struct Millimetres {
  double width, height;
};

std::vector<Millimetres> page_sizes(const fs::path& pdf) {
  const std::string text = said_by("pdfinfo -l 9999 " + pdf.string());
  const std::regex size(R"(Page +\d+ size: +([0-9.]+) x ([0-9.]+) pts)");
  std::vector<Millimetres> all;
  for (std::sregex_iterator it(text.begin(), text.end(), size), end; it != end; ++it)
    all.push_back({std::stod((*it)[1]) / 72 * 25.4, std::stod((*it)[2]) / 72 * 25.4});
  return all;
}

handoff::FaxRecord some_fax() {
  handoff::FaxRecord fax;
  fax.id = *base::CallId::parse("0123456789abcdef0123456789abcdef");
  fax.called = "4930123469";
  fax.caller_number = "+4989555";
  fax.caller_name = "Müller & Söhne (GmbH) \\ 株式会社 😀";
  fax.station_id = ") showpage (";
  fax.started_unix_s = 1795442580;
  return fax;
}

faxmail::PdfRequest request_in(const ScratchFolder& folder) {
  faxmail::PdfRequest request;
  request.tiff = folder.path / "fax.tif";
  request.pdf = folder.path / "fax.pdf";
  request.fax = some_fax();
  return request;
}

double dots_an_inch(const Page& page, double dots) {
  return page.unit == RESUNIT_CENTIMETER ? dots * 2.54 : dots;
}

void check_pdf(const ScratchFolder& folder, const std::vector<Page>& pages, double strip_mm) {
  const fs::path pdf = folder.path / "fax.pdf";
  said_by("pdfimages -tiff " + pdf.string() + " " + (folder.path / "out").string());
  const auto sizes = page_sizes(pdf);
  REQUIRE(sizes.size() == pages.size());
  for (std::size_t i = 0; i < pages.size(); ++i) {
    INFO("page " << i + 1 << ": " << pages[i].width << " x " << pages[i].rows << " at " << pages[i].x_dpi
                 << " x " << pages[i].y_dpi);
    CHECK(differing_pels(folder.path / fmt::format("out-{:03}.tif", i), pages[i]) == 0);
    CHECK(std::abs(sizes[i].width - pages[i].width / dots_an_inch(pages[i], pages[i].x_dpi) * 25.4) < 0.02);
    CHECK(std::abs(sizes[i].height - strip_mm -
                   pages[i].rows / dots_an_inch(pages[i], pages[i].y_dpi) * 25.4) < 0.02);
  }
  CHECK_FALSE(fs::exists(folder.path / fmt::format("out-{:03}.tif", pages.size())));
}

void check_pages(const std::vector<Page>& pages) {
  const ScratchFolder folder;
  const auto request = request_in(folder);
  write_tiff(request.tiff, pages);
  faxmail::make_pdf(request);
  check_pdf(folder, pages, 0);
}

std::string mistake_of(const faxmail::PdfRequest& request) {
  try {
    faxmail::make_pdf(request);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "made without a word";
}

std::string bytes_of(const fs::path& file) {
  return base::read_file(file, 1 << 28);
}

void write_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

std::pair<unsigned, unsigned> png_size(const fs::path& file) {
  const std::string png = bytes_of(file);
  REQUIRE(png.size() > 24);
  REQUIRE(png.substr(1, 3) == "PNG");
  const auto number = [&](std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = value << 8 | static_cast<std::uint8_t>(png[i]);
    return value;
  };
  return {number(16), number(20)};
}

}  // namespace

TEST_CASE("every resolution of T.4 and T.30 keeps its pels and its size in millimetres") {
  check_pages({{1728, 1143, 204, 98},
               {1728, 2292, 204, 196},
               {1728, 4583, 204, 391},
               {1728, 1143, 203.2, 97.79, COMPRESSION_CCITTFAX4, 0, PHOTOMETRIC_MINISWHITE, FILLORDER_MSB2LSB,
                RESUNIT_INCH, 1, 1, 0, 2},
               {2592, 3508, 300, 300},
               {3456, 4600, 400, 400},
               {3456, 4583, 408, 391}});
}

TEST_CASE("B4 and A3 pages are not cut to A4") {
  check_pages({{2048, 1400, 204, 98},
               {2432, 1652, 204, 98},
               {2432, 6400, 203.2, 391.16},
               {4864, 6400, 408, 391},
               {3648, 4960, 300, 300}});
}

TEST_CASE("a width that is no multiple of eight, a page of one row, and one of one pel") {
  check_pages({{1729, 301, 204, 196}, {1723, 47, 204, 196}});
  const ScratchFolder folder;
  const auto request = request_in(folder);
  const std::vector<Page> pages = {{1728, 1, 204, 391}, {1, 1, 204, 196}, {1728, 2, 204, 98}};
  write_tiff(request.tiff, pages);
  faxmail::make_pdf(request);
  said_by("pdfimages -tiff " + request.pdf.string() + " " + (folder.path / "out").string());
  for (std::size_t i = 0; i < pages.size(); ++i)
    CHECK(differing_pels(folder.path / fmt::format("out-{:03}.tif", i), pages[i]) == 0);
}

TEST_CASE("every coding, photometric, fill order and unit is the same picture") {
  std::vector<Page> pages;
  for (const unsigned photometric : {PHOTOMETRIC_MINISWHITE, PHOTOMETRIC_MINISBLACK})
    for (const unsigned fill : {FILLORDER_MSB2LSB, FILLORDER_LSB2MSB})
      for (const auto& [compression, options] :
           {std::pair{COMPRESSION_CCITTFAX4, 0},
            {COMPRESSION_CCITTFAX3, 0},
            {COMPRESSION_CCITTFAX3, GROUP3OPT_2DENCODING | GROUP3OPT_FILLBITS},
            {COMPRESSION_CCITTRLE, 0},
            {COMPRESSION_NONE, 0}}) {
        Page page{1733, 200};
        page.photometric = photometric;
        page.fill_order = fill;
        page.compression = static_cast<unsigned>(compression);
        page.options = static_cast<unsigned>(options);
        page.rows_a_strip = pages.size() % 2 == 0 ? 0 : 64;
        page.seed = static_cast<unsigned>(pages.size()) + 1;
        pages.push_back(page);
      }
  pages[0].unit = RESUNIT_CENTIMETER;
  pages[0].x_dpi = 80;
  pages[0].y_dpi = 38.5;
  check_pages(pages);
}

TEST_CASE("a blank page and two pages alike are still pages of their own") {
  check_pages({{1728, 400, 204, 196, COMPRESSION_CCITTFAX4, 0, PHOTOMETRIC_MINISWHITE, FILLORDER_MSB2LSB,
                RESUNIT_INCH, 1, 1, 0, 0},
               {1728, 400},
               {1728, 400}});
}

TEST_CASE("the received line stands above the page, and the page below it is as it was") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  const std::vector<Page> pages = {{1728, 1143, 204, 98}, {1728, 2292, 204, 196}};
  write_tiff(request.tiff, pages);
  request.company = "Łódź & Söhne (no 1) \\";
  request.received_line = true;
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  faxmail::make_pdf(request);
  check_pdf(folder, pages, 6);
  const std::string text = said_by("pdftotext -layout " + request.pdf.string() + " -");
  CHECK(text.find("Received by ?ód? & Söhne (no 1) \\, 2026-11-23 14:03, from +4989555, page 1 of 2") !=
        std::string::npos);
  CHECK(text.find("page 2 of 2") != std::string::npos);
  // The line's place: within the uppermost 6 mm (17 points).
  const std::string boxes = said_by("pdftotext -bbox -f 1 -l 1 " + request.pdf.string() + " -");
  std::smatch found;
  REQUIRE(std::regex_search(boxes, found, std::regex("yMax=\"([0-9.]+)\">Received<")));
  CHECK(std::stod(found[1]) < 17.1);
  CHECK(said_by("pdffonts " + request.pdf.string()).find("yes yes") !=
        std::string::npos);  // embedded, subset
}

TEST_CASE("a line too long for a narrow page is condensed, and without a company there is none") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  write_tiff(request.tiff, {{600, 400, 204, 196}});
  request.company = std::string(120, 'W');
  request.received_line = true;
  faxmail::make_pdf(request);
  const std::string boxes = said_by("pdftotext -bbox " + request.pdf.string() + " -");
  const std::regex right_edge("xMax=\"([0-9.]+)\"");
  int words = 0;
  for (std::sregex_iterator it(boxes.begin(), boxes.end(), right_edge), end; it != end; ++it, ++words)
    CHECK(std::stod((*it)[1]) < 600 / 204.0 * 72);
  CHECK(words >= 8);
  request.company.clear();
  faxmail::make_pdf(request);
  check_pdf(folder, {{600, 400, 204, 196}}, 0);
}

TEST_CASE("the document information of a plain PDF has what the caller sent, and none of it runs") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  request.pdf_a = false;
  write_tiff(request.tiff, {{1728, 400}});
  faxmail::make_pdf(request);
  const std::string info = said_by("pdfinfo " + request.pdf.string());
  CHECK(info.find("Title:           Fax from +4989555 to 4930123469") != std::string::npos);
  CHECK(info.find("Müller & Söhne (GmbH) \\ 株式会社 😀, station id ) showpage (") != std::string::npos);
  CHECK(info.find("Pages:           1\n") != std::string::npos);
  CHECK(bytes_of(request.pdf).find("pdfaid") == std::string::npos);
}

TEST_CASE("a PDF/A-2b is one, its metadata have every letter, and the PDF's size and pels are the same") {
  ::setenv("TZ", "Europe/Berlin", 1);
  ::tzset();
  const ScratchFolder folder;
  auto request = request_in(folder);
  request.company = "Łódź & Söhne";
  request.fax.pages.resize(2);
  const std::vector<Page> pages = {{1728, 1143, 204, 98}, {2432, 3300, 204, 196}};
  write_tiff(request.tiff, pages);
  for (const bool line : {false, true}) {
    request.received_line = line;
    faxmail::make_pdf(request);
    check_pdf(folder, pages, line ? 6 : 0);
    const std::string said = said_by(TEST_CHECK_PDFA " " + request.pdf.string());
    CHECK(said.find("\"dc:title\": \"Fax from +4989555 to 4930123469\"") != std::string::npos);
    CHECK(said.find("Müller & Söhne (GmbH) \\\\ 株式会社 😀, station id ) showpage (") != std::string::npos);
    CHECK(said.find("received 2026-11-23 15:03:00, 2 pages, call 0123456789abcdef") != std::string::npos);
    CHECK(said.find("\"pages\": 2") != std::string::npos);
    CHECK(said_by("pdfinfo " + request.pdf.string())
              .find("Fax to 4930123469 from +4989555, M?ller & S?hne [GmbH] ? ???? ?, station") !=
          std::string::npos);
  }
}

TEST_CASE("a caller's words never end what they stand in: XML, PostScript, or a PDF's string") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  write_tiff(request.tiff, {{1728, 100}});
  for (const char* words :
       {"</rdf:li></rdf:Alt>&amp;&", "]]><?xpacket end=\"w\"?>", "> quit <", ")) /x (\\))\\",
        "\x01\x02\r\n\xff\xfe", "{Catalog} << /OpenAction 1 >> /PUT pdfmark", "%%EOF",
        "\xEF\xBF\xBE\xEF\xBF\xBF\xED\xA0\x80", "\xC2\x85\xE2\x80\xA8"}) {
    INFO(words);
    request.fax.caller_name = request.fax.station_id = request.fax.caller_number = request.fax.called = words;
    faxmail::make_pdf(request);
    said_by(TEST_CHECK_PDFA " " + request.pdf.string());
  }
}

TEST_CASE("what cannot be a PDF/A becomes a plain PDF, which is a good one too") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  write_tiff(request.tiff, {{1728, 400}});
  request.pdf_a = false;
  faxmail::make_pdf(request);
  said_by("qpdf --check " + request.pdf.string());
  CHECK(said_by("pdfinfo -meta " + request.pdf.string()).find("株式会社 😀, station id ) show") !=
        std::string::npos);
  // A disk with room for that one and no more: what a PDF/A has besides does not fit.
  const auto enough = fs::file_size(request.pdf) + 100;
  request.pdf_a = true;
  const pid_t pid = base::fork_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    base::sandbox::limit_resources({{RLIMIT_FSIZE, enough}});
    faxmail::make_pdf(request);
    return 0;
  });
  int status = -1;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(status == 0);
  said_by("qpdf --check " + request.pdf.string());
  CHECK(fs::file_size(request.pdf) <= enough);
  CHECK(bytes_of(request.pdf).find("pdfaid:part") == std::string::npos);
}

TEST_CASE("wherever the disk fills up, a PDF is whole or there is a sentence") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  request.preview = folder.path / "first.png";
  write_tiff(request.tiff, {{1728, 300}});
  faxmail::make_pdf(request);
  const auto whole = fs::file_size(request.pdf), picture = fs::file_size(request.preview);
  for (const auto& [limit, made] : {std::pair{whole, true}, {whole - 1, true}, {picture - 1, false}}) {
    CAPTURE(limit);
    const pid_t pid = base::fork_child([&, room = limit] {
      ::signal(SIGXFSZ, SIG_IGN);
      base::sandbox::limit_resources({{RLIMIT_FSIZE, room}});
      return mistake_of(request) == "made without a word" ? 0 : 1;
    });
    int status = -1;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    CHECK((status == 0) == made);
    if (made) said_by("qpdf --check " + request.pdf.string());
  }
}

TEST_CASE("what is no PDF/A is told by the checker") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  write_tiff(request.tiff, {{1728, 100}});
  request.pdf_a = false;
  faxmail::make_pdf(request);
  const std::string plain = TEST_CHECK_PDFA " " + request.pdf.string() + " || true";
  for (const char* words : {"6.2.3 there are 0 output intents", "6.6.4 pdfaid:part is not 2"})
    CHECK_MESSAGE(said_by(plain).find(words) != std::string::npos, said_by(plain));
  request.pdf_a = true;
  faxmail::make_pdf(request);
  std::string bytes = bytes_of(request.pdf);
  bytes.replace(bytes.find("conformance>B"), 13, "conformance>U");
  write_bytes(request.pdf, bytes);
  CHECK(said_by(plain).find("6.6.4 pdfaid:conformance is not B") != std::string::npos);
}

TEST_CASE("a text is UTF-16 in hexadecimal digits") {
  CHECK(faxmail::pdf_text_string("A)ß😀") == "<FEFF0041002900DFD83DDE00>");
  CHECK(faxmail::latin1_hex("A)ß€–’“") == "<4129DF3F2D2722>");
  CHECK(faxmail::pdf_text_string("\r\n\xff") == "<FEFF003F003F003F>");
}

TEST_CASE("the preview is about 850 pels wide and has the page's proportions") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  request.preview = folder.path / "first.png";
  struct Case {
    Page page;
    unsigned width, height;
  };
  for (const Case& one : {Case{{1728, 1143, 204, 98}, 847, 1166},
                          {{1728, 4583, 204, 391}, 847, 1172},
                          {{2432, 3300, 204, 196}, 850, 1200},
                          {{1728, 20000, 204, 196}, 249, 3000}}) {
    write_tiff(request.tiff, {one.page, {1728, 200}});
    faxmail::make_pdf(request);
    const auto [width, height] = png_size(request.preview);
    CHECK(std::abs(static_cast<int>(width) - static_cast<int>(one.width)) <= 2);
    CHECK(std::abs(static_cast<int>(height) - static_cast<int>(one.height)) <= 3);
    CHECK(fs::file_size(request.preview) > 2000);
    CHECK(fs::file_size(request.preview) < 300'000);  // even of such a page; a letter's has a tenth of it
  }
}

TEST_CASE("what is no fax is refused with a sentence") {
  const ScratchFolder folder;
  const auto request = request_in(folder);
  CHECK(mistake_of(request).find("cannot open ") == 0);
  write_bytes(request.tiff, "");
  CHECK(mistake_of(request).find("is no TIFF file that can be read") != std::string::npos);
  write_bytes(request.tiff, "II*");
  CHECK(mistake_of(request).find("is no TIFF file that can be read") != std::string::npos);
  Page eight_bits{100, 100, 204, 196, COMPRESSION_NONE};
  eight_bits.bits = 8;
  write_tiff(request.tiff, {{1728, 100}, eight_bits});
  CHECK(mistake_of(request).find("page 2 of ") == 0);
  CHECK(mistake_of(request).find("is no black and white picture") != std::string::npos);
  Page colour = eight_bits;
  colour.samples = 3;
  colour.photometric = PHOTOMETRIC_RGB;
  write_tiff(request.tiff, {colour});
  CHECK(mistake_of(request).find("is no black and white picture") != std::string::npos);
  write_tiff(request.tiff, {{1728, 100, 204, 196, COMPRESSION_PACKBITS}});
  CHECK(mistake_of(request).find("is not stored as a fax is") != std::string::npos);
  write_tiff(request.tiff, {{20001, 10}});
  CHECK(mistake_of(request).find("is 20001 pels wide") != std::string::npos);
  write_tiff(request.tiff, {{8, 200001}});
  CHECK(mistake_of(request).find("200001 rows long") != std::string::npos);
  write_tiff(request.tiff, {{1728, 100, 0, 196}});
  CHECK(mistake_of(request).find("has a resolution of 0 dots an inch") != std::string::npos);
  write_tiff(request.tiff, {{8, 30000, 204, 98}});
  CHECK(mistake_of(request).find("a side of a PDF page has at most 5080 mm") != std::string::npos);
}

// The value of the directory entry `tag` of the first page (little-endian, one directory).
void set_tag(std::string& tiff, std::uint16_t tag, std::uint32_t value) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(tiff.at(i)); };
  const std::size_t directory = at(4) | at(5) << 8 | at(6) << 16 | static_cast<std::size_t>(at(7)) << 24;
  for (std::size_t entry = directory + 2; entry < directory + 2 + 12U * at(directory); entry += 12)
    if ((at(entry) | at(entry + 1) << 8) == tag) {
      tiff.at(entry + 2) = 4;  // LONG
      std::memcpy(tiff.data() + entry + 8, &value, sizeof value);
    }
}

TEST_CASE("sizes that lie are refused with a sentence") {
  const ScratchFolder folder;
  const auto request = request_in(folder);
  write_tiff(request.tiff, {{1728, 100}});
  const std::string good = bytes_of(request.tiff);
  const std::vector<std::pair<std::uint16_t, std::uint32_t>> lies = {{TIFFTAG_IMAGEWIDTH, 0},
                                                                     {TIFFTAG_IMAGEWIDTH, 0xFFFFFFFF},
                                                                     {TIFFTAG_IMAGEWIDTH, 20000},
                                                                     {TIFFTAG_IMAGELENGTH, 0},
                                                                     {TIFFTAG_IMAGELENGTH, 101},
                                                                     {TIFFTAG_IMAGELENGTH, 0xFFFFFFFF},
                                                                     {TIFFTAG_STRIPOFFSETS, 0xFFFFFF00},
                                                                     {TIFFTAG_STRIPBYTECOUNTS, 0xFFFFFFFF},
                                                                     {TIFFTAG_STRIPBYTECOUNTS, 3},
                                                                     {TIFFTAG_COMPRESSION, 34712}};
  for (const auto& [tag, value] : lies) {
    std::string bad = good;
    set_tag(bad, tag, value);
    write_bytes(request.tiff, bad);
    const std::string words = mistake_of(request);
    const std::string lie = fmt::format("tag {} = {}: {}", tag, value, words);
    CHECK_MESSAGE(words.find("fax.tif") != std::string::npos, lie);
  }
  write_bytes(request.tiff, good);
  CHECK(mistake_of(request) == "made without a word");
}

TEST_CASE(
    "a file cut off at any length, or with a byte turned over, is refused or converted, and nothing "
    "crashes") {
  const ScratchFolder folder;
  const auto request = request_in(folder);
  write_tiff(request.tiff, {{1728, 200}, {1728, 100, 204, 98, COMPRESSION_CCITTFAX3}});
  const std::string good = bytes_of(request.tiff);
  int refused = 0;
  for (std::size_t length = 0; length < good.size(); length += good.size() / 20) {
    write_bytes(request.tiff, good.substr(0, length));
    CHECK(mistake_of(request).find("fax.tif") != std::string::npos);
  }
  for (std::size_t at = 8; at < good.size(); at += good.size() / 40) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    write_bytes(request.tiff, bad);
    refused += mistake_of(request) == "made without a word" ? 0 : 1;
  }
  CHECK(refused > 20);  // an overturned byte in a picture may still be a picture
}

TEST_CASE("a file that cannot grow further is noticed, and a symbolic link is not followed") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  write_tiff(request.tiff, {{1728, 2292}});
  const pid_t child = base::fork_child([&] {
    if (::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) return 2;
    base::sandbox::limit_resources({{RLIMIT_FSIZE, 4096}});
    return mistake_of(request).find("Ghostscript could not") == 0 ? 0 : 1;
  });
  int status = -1;
  CHECK(::waitpid(child, &status, 0) == child);
  CHECK(base::how_it_ended(status) == "ended by itself");
  fs::create_symlink(folder.path / "elsewhere", folder.path / "link.pdf");
  request.pdf = folder.path / "link.pdf";
  CHECK(mistake_of(request).find("cannot create") == 0);
}

TEST_CASE("ten pages take no longer than a caller needs to hang up") {
  const ScratchFolder folder;
  auto request = request_in(folder);
  for (const unsigned count : {1U, 10U}) {
    std::vector<Page> pages(count, {1728, 2292, 204, 196});
    for (Page& page : pages)
      page.seed = static_cast<unsigned>(&page - pages.data()) + 1;
    write_tiff(request.tiff, pages);
    for (const bool preview : {false, true}) {
      request.preview = preview ? folder.path / "first.png" : fs::path();
      const auto start = std::chrono::steady_clock::now();
      faxmail::make_pdf(request);
      const auto took =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
      MESSAGE(count << " page(s), " << std::string(preview ? "with" : "without")
                    << " preview: " << took.count() << " ms, " << fs::file_size(request.pdf) << " bytes");
      CHECK(took.count() < 10000);
    }
  }
}
