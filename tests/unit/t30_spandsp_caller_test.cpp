// SPDX-License-Identifier: GPL-2.0-or-later
// spandsp's T.30 engine calls: what it makes of our DIS, its DCS as we read it. No sound, frames only.
#include <doctest/doctest.h>

#include <unistd.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "src/modem/spandsp.hpp"
#include "src/t30/capabilities.hpp"
#include "src/t30/frames.hpp"

using t30::Coding;
using t30::Modem;
using t30::Settings;
using Octets = std::vector<std::uint8_t>;

namespace {

// A page of white rows, in a file: spandsp sends nothing else.
class Sheet {
 public:
  Sheet(std::uint32_t width_pels, float x_dpi, float y_dpi) {
    const int fd = ::mkstemps(path_.data(), 4);
    REQUIRE(fd >= 0);
    TIFF* tiff = TIFFFdOpen(fd, path_.c_str(), "w");
    REQUIRE(tiff != nullptr);
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width_pels);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 1);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_CCITT_T6);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, static_cast<double>(x_dpi));
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, static_cast<double>(y_dpi));
    std::vector<std::uint8_t> row((width_pels + 7) / 8);
    for (std::uint32_t y = 0; y < 100; ++y)
      TIFFWriteScanline(tiff, row.data(), y, 0);
    TIFFClose(tiff);
  }
  ~Sheet() { ::unlink(path_.c_str()); }
  Sheet(const Sheet&) = delete;
  Sheet& operator=(const Sheet&) = delete;
  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::string path_ = "/tmp/faxrx-sheet-XXXXXX.tif";
};

// A caller who has one sheet, can do everything spandsp can, and is shown a DIS.
class Caller {
 public:
  explicit Caller(const Sheet& sheet) : fax_(fax_init(nullptr, TRUE), &fax_free) {
    t30_state_t* t30 = fax_get_t30_state(fax_.get());
    t30_set_tx_file(t30, sheet.path(), -1, -1);
    t30_set_tx_ident(t30, "+49 30 4711");
    t30_set_tx_sub_address(t30, "123");
    t30_set_tx_sender_ident(t30, "321");
    t30_set_ecm_capability(t30, TRUE);
    t30_set_supported_modems(t30, T30_SUPPORT_V17 | T30_SUPPORT_V29 | T30_SUPPORT_V27TER);
    t30_set_supported_compressions(
        t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
    t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
                                           T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION |
                                           T30_SUPPORT_R16_RESOLUTION | T30_SUPPORT_300_300_RESOLUTION);
    t30_set_supported_image_sizes(t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH |
                                           T30_SUPPORT_303MM_WIDTH | T30_SUPPORT_UNLIMITED_LENGTH);
    t30_set_real_time_frame_handler(t30, &Caller::heard, this);
  }

  // The frames it answers with, DCS the last; none when it hangs up.
  std::vector<Octets> shown(const Settings& settings, bool with_v17 = true) {
    const t30::Dis dis = t30::dis_of(settings, with_v17);
    Octets frame = {t30::address_field, t30::final_control_field, t30::fcf::dis};
    frame.insert(frame.end(), dis.fif.begin(), dis.fif.begin() + dis.length);
    t30_state_t* t30 = fax_get_t30_state(fax_.get());
    t30_hdlc_accept(t30, frame.data(), static_cast<int>(frame.size()), TRUE);
    constexpr int most_frames = 10;
    for (int i = 0; i < most_frames && (frames_.empty() || field(frames_.back()) != t30::fcf::dcs); ++i)
      t30_front_end_status(t30, T30_FRONT_END_SEND_STEP_COMPLETE);
    return frames_;
  }
  static std::uint8_t field(const Octets& frame) { return t30::without_x(frame.at(2)); }

 private:
  static void heard(t30_state_t* /*t30*/, void* user, int is_received, const std::uint8_t* octets,
                    int length) {
    if (is_received == 0) static_cast<Caller*>(user)->frames_.emplace_back(octets, octets + length);
  }
  std::unique_ptr<fax_state_t, int (*)(fax_state_t*)> fax_;
  std::vector<Octets> frames_;
};

// What it answers to a DIS of these settings, as we read it.
t30::Dcs agreed(const Sheet& sheet, const Settings& settings, bool with_v17 = true) {
  const std::vector<Octets> frames = Caller(sheet).shown(settings, with_v17);
  if (frames.empty() || Caller::field(frames.back()) != t30::fcf::dcs) return {};
  return t30::read_dcs(std::span(frames.back()).subspan(3), settings, with_v17);
}

}  // namespace

TEST_CASE("spandsp takes from our DIS the fastest modem and the best coding that it names") {
  const Sheet sheet(1728, 204, 98);
  Settings settings;
  t30::Dcs dcs = agreed(sheet, settings);
  CHECK((dcs.modem == Modem::v17 && dcs.rate_bps == 14400 && dcs.ecm && dcs.coding == Coding::mmr));
  CHECK((dcs.width_pels == 1728 && dcs.x_dpi == 204 && dcs.y_dpi == 98 && dcs.was_offered));

  const std::vector<std::tuple<t30::Modems, bool, Modem, unsigned>> modems = {
      {t30::Modems::v27ter_v29_v17, false, Modem::v29, 9600},
      {t30::Modems::v27ter_v29, true, Modem::v29, 9600},
      {t30::Modems::v29, true, Modem::v29, 9600},
      {t30::Modems::v27ter, true, Modem::v27ter, 4800},
      {t30::Modems::v27ter_2400, true, Modem::v27ter, 2400}};
  for (const auto& [offered, with_v17, modem, bps] : modems) {
    settings.modems = offered;
    dcs = agreed(sheet, settings, with_v17);
    CHECK((dcs.modem == modem && dcs.rate_bps == bps && dcs.was_offered));
  }
  settings.mmr = false;
  CHECK(agreed(sheet, settings).coding == Coding::mr);
  settings.mr = false;
  dcs = agreed(sheet, settings);
  CHECK((dcs.coding == Coding::mh && dcs.ecm));
  settings.mmr = true;
  settings.ecm = false;
  dcs = agreed(sheet, settings);
  CHECK((dcs.coding == Coding::mh && !dcs.ecm && dcs.was_offered));
}

TEST_CASE("spandsp's sheets of every size come as they are, and not at all where DIS does not say so") {
  struct Size {
    std::uint32_t width_pels;
    unsigned x_dpi, y_dpi;
    void (*refuse)(Settings&);
  };
  const std::vector<Size> sizes = {{1728, 204, 196, [](Settings& s) { s.fine = false; }},
                                   {1728, 204, 391, [](Settings& s) { s.superfine = false; }},
                                   {2592, 300, 300, [](Settings& s) { s.dpi300 = false; }},
                                   {3456, 408, 391, [](Settings& s) { s.dpi400 = false; }},
                                   {2048, 204, 98, [](Settings& s) { s.width = t30::Width::a4; }},
                                   {2432, 204, 98, [](Settings& s) { s.width = t30::Width::b4; }},
                                   {4864, 408, 391, [](Settings& s) { s.width = t30::Width::b4; }}};
  for (const Size& size : sizes) {
    CAPTURE(size.width_pels);
    CAPTURE(size.y_dpi);
    const Sheet sheet(size.width_pels, static_cast<float>(size.x_dpi), static_cast<float>(size.y_dpi));
    Settings settings;
    const t30::Dcs dcs = agreed(sheet, settings);
    CHECK((dcs.width_pels == size.width_pels && dcs.x_dpi == size.x_dpi && dcs.y_dpi == size.y_dpi));
    CHECK(dcs.was_offered);
    size.refuse(settings);
    CHECK(agreed(sheet, settings).width_pels != size.width_pels);
  }
}

TEST_CASE("spandsp's TSI, SUB and SID come through, SUB and SID only when DIS asks for them") {
  const Sheet sheet(1728, 204, 98);
  const auto text_of = [&sheet](const Settings& settings, std::uint8_t field) -> std::string {
    for (const Octets& frame : Caller(sheet).shown(settings))
      if (Caller::field(frame) == field)
        return std::string(t30::read_identification(std::span(frame).subspan(3)).view());
    return "none";
  };
  Settings settings;
  CHECK(text_of(settings, t30::fcf::tsi) == "+49 30 4711");
  CHECK(text_of(settings, t30::fcf::sub) == "123");
  CHECK(text_of(settings, t30::fcf::sid) == "none");
  settings.sub_address = false;
  CHECK(text_of(settings, t30::fcf::sub) == "none");
  settings.password = base::ShortText<20>("321");
  CHECK(text_of(settings, t30::fcf::sid) == "321");  // before a DCS, SID is the password
}
