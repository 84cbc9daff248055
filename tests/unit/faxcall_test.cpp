// SPDX-License-Identifier: GPL-2.0-or-later
// The calling machine alone: its tables, and calls over a line of the software exchange to a receiver that is
// nothing but spandsp, so that what it reports can be held against what another engine received.
#include <doctest/doctest.h>
#include <poll.h>
#include <tiffio.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "hw/exchange/exchange_line.hpp"
#include "src/faxcall/call.hpp"
#include "src/faxcall/fax_file.hpp"
#include "src/faxcall/report.hpp"
#include "src/modem/spandsp.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace {

using namespace faxcall;
using unit::ScratchFolder;

enum class Habit : std::uint8_t { answers, has_no_v17, never_answers, hangs_up_after_10_s, is_busy };

// A fax machine on line 1 of a folder, in a thread: answers at the first ring, receives into received.tif.
class Receiver {
 public:
  explicit Receiver(const ScratchFolder& folder, Habit habit = Habit::answers)
      : file_(folder / "received.tif"),
        line_(hw::open_exchange_line((folder / "1").string())),
        habit_(habit) {
    line_->accept_calls(habit != Habit::is_busy);
    thread_ = std::thread([this] { serve(); });
  }
  ~Receiver() { stop(); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    fax_.reset();
  }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  void serve() {
    while (!stop_) {
      pollfd ready{line_->fd(), POLLIN, 0};
      ::poll(&ready, 1, 20);
      for (hw::LineEvent event = line_->next_event(); event != hw::LineEvent::none;
           event = line_->next_event()) {
        if (event == hw::LineEvent::ring_begins && habit_ != Habit::never_answers) answer();
        if (event == hw::LineEvent::caller_gone) hang_up();
      }
      hw::Block block;
      while (line_->read(block))
        turn(block);
    }
  }

  void answer() {
    fax_.reset(fax_init(nullptr, FALSE));
    t30_state_t* t30 = fax_get_t30_state(fax_.get());
    t30_set_rx_file(t30, file_.c_str(), -1);
    t30_set_tx_ident(t30, "+44 1632 960002");
    t30_set_ecm_capability(t30, TRUE);
    t30_set_supported_modems(
        t30, T30_SUPPORT_V27TER | T30_SUPPORT_V29 | (habit_ == Habit::has_no_v17 ? 0 : T30_SUPPORT_V17));
    t30_set_supported_compressions(
        t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
    fax_set_transmit_on_idle(fax_.get(), TRUE);
    line_->answer();
  }

  void turn(hw::Block& block) {
    if (fax_) fax_rx(fax_.get(), block.data(), static_cast<int>(block.size()));
    block.fill(0);
    if (fax_) fax_tx(fax_.get(), block.data(), static_cast<int>(block.size()));
    line_->write(block);
    if (habit_ == Habit::hangs_up_after_10_s && ++blocks_ == 500) hang_up();
  }

  void hang_up() {
    if (fax_) t30_terminate(fax_get_t30_state(fax_.get()));
    line_->hang_up();
  }

  std::filesystem::path file_;
  std::unique_ptr<hw::Line> line_;
  Habit habit_;
  int blocks_ = 0;
  std::unique_ptr<fax_state_t, int (*)(fax_state_t*)> fax_{nullptr, fax_free};
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

using Rows = std::vector<std::vector<std::uint8_t>>;

// A page of `rows` rows: stripes that differ in each row, so that a lost or shifted row shows.
Rows striped_page(int number, std::uint32_t rows) {
  Rows page(rows, std::vector<std::uint8_t>(216, 0));
  for (std::uint32_t row = 0; row < rows; ++row)
    for (std::size_t i = row % 7; i < 200; i += 11)
      page[row][i] = static_cast<std::uint8_t>(row * 3 + number);
  return page;
}

struct Page {
  double down;  // dots per inch
  std::uint32_t rows;
};

std::vector<Rows> make_fax(const std::filesystem::path& file, const std::vector<Page>& pages) {
  std::vector<Rows> images;
  const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(file.c_str(), "w"), TIFFClose);
  for (const Page& page : pages) {
    images.push_back(striped_page(static_cast<int>(images.size()) + 1, page.rows));
    TIFFSetField(tiff.get(), TIFFTAG_IMAGEWIDTH, 1728);
    TIFFSetField(tiff.get(), TIFFTAG_IMAGELENGTH, page.rows);
    TIFFSetField(tiff.get(), TIFFTAG_ROWSPERSTRIP, page.rows);
    TIFFSetField(tiff.get(), TIFFTAG_BITSPERSAMPLE, 1);
    TIFFSetField(tiff.get(), TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff.get(), TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4);
    TIFFSetField(tiff.get(), TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    TIFFSetField(tiff.get(), TIFFTAG_XRESOLUTION, 204.0);
    TIFFSetField(tiff.get(), TIFFTAG_YRESOLUTION, page.down);
    TIFFSetField(tiff.get(), TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    for (std::uint32_t row = 0; row < page.rows; ++row)
      REQUIRE(TIFFWriteScanline(tiff.get(), images.back()[row].data(), row) == 1);
    TIFFWriteDirectory(tiff.get());
  }
  return images;
}

std::vector<Rows> read_fax(const std::filesystem::path& file) {
  std::vector<Rows> images;
  const std::unique_ptr<TIFF, void (*)(TIFF*)> tiff(TIFFOpen(file.c_str(), "r"), TIFFClose);
  REQUIRE(tiff);
  do {
    std::uint32_t rows = 0;
    TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &rows);
    images.emplace_back(rows, std::vector<std::uint8_t>(216));
    for (std::uint32_t row = 0; row < rows; ++row)
      REQUIRE(TIFFReadScanline(tiff.get(), images.back()[row].data(), row) == 1);
  } while (TIFFReadDirectory(tiff.get()) == 1);
  return images;
}

Options options_for(const ScratchFolder& folder) {
  Options options;
  options.line = folder.path;
  options.dial.called = "4711";
  options.fax.file = folder / "sent.tif";
  options.fax.station_id = "+44 1632 960001";
  return options;
}

CallResult call(const Options& options) {
  return Call(options, count_fax_pages(options.fax.file), [](double, const std::string&) {}).run();
}

struct Kind {
  Modem modem;
  int rate;
  bool ecm;
  Coding coding;
};

}  // namespace

TEST_CASE("a rate limit begins with the fastest permitted speed below it") {
  const unsigned all = 0b111;
  const unsigned no_v17 = 0b011;
  const auto rate = [](std::size_t from, int top, unsigned permitted) {
    return signalling_rates.at(first_permitted(from, top, permitted).value());
  };
  CHECK(rate(0, 14400, all).bits_per_s == 14400);
  CHECK(rate(0, 9600, all).modem == Modem::v17);
  CHECK(rate(0, 9600, no_v17).modem == Modem::v29);
  CHECK(rate(0, 13000, all).bits_per_s == 12000);
  CHECK(rate(0, 4800, all).modem == Modem::v27ter);
  CHECK(rate(5, 14400, all).bits_per_s == 7200);  // spandsp had gone down already
  CHECK_FALSE(first_permitted(0, 2000, all).has_value());
  CHECK_FALSE(first_permitted(0, 4800, 0b110).has_value());
}

TEST_CASE("a DCS says modem, speed, ECM, coding and resolution") {
  std::vector<std::uint8_t> dcs{0xFF, 0x13, 0x83, 0x00, 0x20, 0x00, 0x00, 0x00, 0x00};
  CHECK(decode_dcs(dcs)->bits_per_s == 14400);
  CHECK(decode_dcs(dcs)->resolution == "204x98");
  CHECK_FALSE(decode_dcs(dcs)->ecm);
  dcs[4] = 0x0C | 0x40 | 0x80;  // V.29 7200, fine, two-dimensional
  CHECK(decode_dcs(dcs)->modem == Modem::v29);
  CHECK(decode_dcs(dcs)->bits_per_s == 7200);
  CHECK(decode_dcs(dcs)->resolution == "204x196");
  CHECK(decode_dcs(dcs)->coding == Coding::mr);
  dcs[6] = 0x04 | 0x40;  // ECM, T.6
  CHECK(decode_dcs(dcs)->ecm);
  CHECK(decode_dcs(dcs)->coding == Coding::mmr);
  dcs[8] = 0x01;
  CHECK(decode_dcs(dcs)->resolution == "204x391");
  dcs[4] = 0x30;  // a code that no modem has
  CHECK_FALSE(decode_dcs(dcs).has_value());
  CHECK_FALSE(decode_dcs(std::vector<std::uint8_t>{0xFF, 0x13, 0x83}).has_value());
}

TEST_CASE("one page goes out with the modem, speed, ECM and coding that were asked for, pixel for pixel") {
  Kind kind{};
  SUBCASE("V.17 with ECM") {
    kind = {Modem::v17, 14400, true, Coding::mmr};
  }
  SUBCASE("V.17 held to 9600 without ECM") {
    kind = {Modem::v17, 9600, false, Coding::mr};
  }
  SUBCASE("V.29 without ECM") {
    kind = {Modem::v29, 9600, false, Coding::mh};
  }
  SUBCASE("V.27ter with ECM and MR") {
    kind = {Modem::v27ter, 4800, true, Coding::mr};
  }
  SUBCASE("V.27ter held to 2400") {
    kind = {Modem::v27ter, 2400, false, Coding::mh};
  }

  const ScratchFolder folder;
  const std::vector<Rows> sent = make_fax(folder / "sent.tif", {{98, 300}});
  Receiver receiver(folder);
  Options options = options_for(folder);
  options.fax.modem = kind.modem;
  options.fax.top_rate = kind.rate;
  options.fax.ecm = kind.ecm;
  options.fax.coding = kind.coding;
  const CallResult result = call(options);
  receiver.stop();

  CHECK(final_sentence(result) == "all 1 pages confirmed");
  REQUIRE(result.pages.size() == 1);
  const PageReport& page = result.pages.front();
  CHECK(page.rows == 300);
  CHECK(page.response == "MCF");
  CHECK(page.format.modem == kind.modem);
  CHECK(page.format.bits_per_s == kind.rate);
  CHECK(page.format.ecm == kind.ecm);
  CHECK(page.format.coding == kind.coding);
  CHECK(result.far_station_id == "+44 1632 960002");
  CHECK(read_fax(receiver.file()) == sent);
}

TEST_CASE("each page of a mixed file goes out at its own resolution") {
  const ScratchFolder folder;
  const std::vector<Rows> sent =
      make_fax(folder / "sent.tif", {{98, 200}, {98, 210}, {196, 400}, {391, 500}});
  Receiver receiver(folder);
  const CallResult result = call(options_for(folder));
  receiver.stop();

  CHECK(final_sentence(result) == "all 4 pages confirmed");
  REQUIRE(result.pages.size() == 4);
  CHECK(result.pages[0].format.resolution == "204x98");
  CHECK(result.pages[1].format.resolution == "204x98");
  CHECK(result.pages[2].format.resolution == "204x196");
  CHECK(result.pages[3].format.resolution == "204x391");
  CHECK(result.pages[3].rows == 500);
  CHECK(read_fax(receiver.file()).back() == sent.back());
}

TEST_CASE("a receiver without V.17 gets V.29") {
  const ScratchFolder folder;
  make_fax(folder / "sent.tif", {{98, 100}});
  Receiver receiver(folder, Habit::has_no_v17);
  const CallResult result = call(options_for(folder));
  REQUIRE(result.pages.size() == 1);
  CHECK(result.pages[0].confirmed);
  CHECK(result.pages[0].format.modem == Modem::v29);
}

TEST_CASE("the caller hangs up in the middle of page 2") {
  Options options;
  SUBCASE("with ECM") {
    options.fax.ecm = true;
  }
  SUBCASE("without ECM") {
    options.fax.ecm = false;
  }
  const ScratchFolder folder;
  make_fax(folder / "sent.tif", {{98, 400}, {196, 800}, {98, 400}});
  Receiver receiver(folder);
  const bool ecm = options.fax.ecm;
  options = options_for(folder);
  options.fax.ecm = ecm;
  options.hang_up.in_page = 2;
  const CallResult result = call(options);
  CHECK(result.outcome == Outcome::we_hung_up);
  CHECK(result.confirmed() == 1);
  CHECK(result.pages_sent == 1);
  CHECK(exit_code(result.outcome) == 1);
}

TEST_CASE("a call that comes to nothing says why") {
  Habit habit{};
  Outcome outcome{};
  std::string why;
  SUBCASE("busy") {
    habit = Habit::is_busy, outcome = Outcome::busy, why = "busy";
  }
  SUBCASE("no answer") {
    habit = Habit::never_answers, outcome = Outcome::no_answer, why = "nobody answered within 60 s";
  }
  SUBCASE("hangs up") {
    habit = Habit::hangs_up_after_10_s, outcome = Outcome::line_hung_up;
    why = "0 of 1 pages confirmed: the line hung up 10.0 s after the answer";
  }
  const ScratchFolder folder;
  make_fax(folder / "sent.tif", {{98, 100}});
  Receiver receiver(folder, habit);
  const CallResult result = call(options_for(folder));
  CHECK(name(result.outcome) == name(outcome));
  CHECK(final_sentence(result).find(why) != std::string::npos);
  CHECK(result.pages_sent == 0);
  CHECK(exit_code(result.outcome) == (outcome == Outcome::busy ? 69 : 1));
}

TEST_CASE("nobody serves the folder") {
  const ScratchFolder folder;
  make_fax(folder / "sent.tif", {{98, 10}});
  const CallResult result = call(options_for(folder));
  CHECK(result.outcome == Outcome::no_line);
  CHECK(exit_code(result.outcome) == 69);
  CHECK_FALSE(result.answered);
}

TEST_CASE("a file that cannot be faxed is refused before the call, naming page and reason") {
  const ScratchFolder folder;
  make_fax(folder / "sent.tif", {{98, 10}, {150, 10}});
  CHECK_THROWS_WITH_AS(
      count_fax_pages(folder / "sent.tif"),
      doctest::Contains("sent.tif: page 2 cannot be faxed: 1728 pels a row of 1 bits, 204x150 dots per inch"),
      base::Failure);
}
