// SPDX-License-Identifier: GPL-2.0-or-later
// The T.30 receiver called by a real fax machine: spandsp's engine as the caller, in the same process, block
// by block.
#include "src/t30/receiver.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/modem/spandsp.hpp"
#include "src/page/document.hpp"
#include "src/t30/frame_names.hpp"
#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/test_pages.hpp"

using page::PageImage;
using t30::Outcome;

namespace {

constexpr unsigned blocks_per_s = 50;

struct Line {
  int modems = T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17;
  bool ecm = true;
  int codings = T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION;
  const char* station_id = "+49 89 555";
  const char* sub_address = "";
};

class Caller {
 public:
  Caller(const std::filesystem::path& document, const Line& line) : fax_(fax_init(nullptr, TRUE), &fax_free) {
    t30_state_t* t30 = fax_get_t30_state(fax_.get());
    fax_set_transmit_on_idle(fax_.get(), TRUE);
    t30_set_tx_file(t30, document.c_str(), -1, -1);
    t30_set_tx_ident(t30, line.station_id);
    if (line.sub_address[0] != '\0') t30_set_tx_sub_address(t30, line.sub_address);
    t30_set_ecm_capability(t30, line.ecm ? TRUE : FALSE);
    t30_set_supported_modems(t30, line.modems);
    t30_set_supported_compressions(t30, line.codings);
    t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
                                           T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION |
                                           T30_SUPPORT_R16_RESOLUTION | T30_SUPPORT_300_300_RESOLUTION);
    t30_set_supported_image_sizes(t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH |
                                           T30_SUPPORT_303MM_WIDTH | T30_SUPPORT_UNLIMITED_LENGTH);
    t30_set_supported_t30_features(t30, T30_SUPPORT_IDENTIFICATION | T30_SUPPORT_SUB_ADDRESSING);
    t30_set_phase_e_handler(
        t30, [](t30_state_t*, void* user, int) { static_cast<Caller*>(user)->over = true; }, this);
  }
  void say(std::array<std::int16_t, 160>& samples) {
    const int made = over ? 0 : fax_tx(fax_.get(), samples.data(), static_cast<int>(samples.size()));
    std::fill(samples.begin() + made, samples.end(), std::int16_t{0});
  }
  void hear(std::array<std::int16_t, 160> samples) {
    if (!over) fax_rx(fax_.get(), samples.data(), static_cast<int>(samples.size()));
  }

  bool over = false;

 private:
  std::unique_ptr<fax_state_t, decltype(&fax_free)> fax_;
};

struct GotPage {
  t30::PageFormat format;
  std::vector<std::uint8_t> bytes;
  t30::PageEnd end{};
  bool ended = false;
};

// Keeps what comes; on request it has no room for some calls, and then little.
class Sink final : public t30::PageSink {
 public:
  bool begin_page(const t30::PageFormat& format) noexcept override {
    if (no_room()) return false;
    pages.push_back({format, {}, {}, false});
    return true;
  }
  std::size_t page_bytes(std::span<const std::uint8_t> bytes) noexcept override {
    if (no_room()) return 0;
    const std::size_t taken = std::min(bytes.size(), most_bytes);
    pages.back().bytes.insert(pages.back().bytes.end(), bytes.begin(),
                              bytes.begin() + static_cast<std::ptrdiff_t>(taken));
    return taken;
  }
  bool end_page(const t30::PageEnd& end) noexcept override {
    if (no_room()) return false;
    pages.back().end = end;
    pages.back().ended = true;
    return true;
  }
  void cng_heard() noexcept override { ++cng; }
  void session_agreed(const t30::Session& agreed) noexcept override { session = agreed; }
  void frame(bool by_us, std::span<const std::uint8_t> octets) noexcept override {
    const char* name = t30::frame_name(octets[0]);
    frames += std::string(by_us ? " >" : " <") + (name != nullptr ? name : "?");
  }

  std::vector<GotPage> pages;
  t30::Session session;
  std::string frames;
  unsigned cng = 0;
  unsigned refusals_to_come = 0;
  std::size_t most_bytes = SIZE_MAX;

 private:
  bool no_room() noexcept {
    if (refusals_to_come == 0) return false;
    --refusals_to_come;
    return true;
  }
};

struct Call {
  Call(const std::vector<PageImage>& pages, const Line& line) : source(pages) {
    std::vector<std::filesystem::path> files;
    for (unsigned n = 1; n <= pages.size(); ++n) {
      page::write_page(folder.path, n, pages[n - 1]);
      files.push_back(folder.path / page::page_file_name(n));
    }
    page::write_document(folder.path, "sent.tif", files, {"test", "2026:11:23 14:03:00"});
    caller = std::make_unique<Caller>(folder.path / "sent.tif", line);
  }
  // Both ends talk until the receiver is done, or until somebody wants to stop. Returns seconds of the line's
  // time.
  double talk(
      t30::Receiver& receiver, unsigned limit_s, const std::function<bool()>& stop = [] { return false; }) {
    unsigned blocks = 0;
    for (std::array<std::int16_t, 160> heard{}, said{}; blocks < limit_s * blocks_per_s && !stop();
         ++blocks) {
      caller->say(heard);
      receiver.block(heard, said);
      caller->hear(said);
      if (receiver.outcome() != Outcome::none) break;
    }
    return static_cast<double>(blocks) / blocks_per_s;
  }

  std::vector<PageImage> source;
  unit::ScratchFolder folder;
  std::unique_ptr<Caller> caller;
};

bool same_pels(const GotPage& got, const PageImage& source) {
  if (!got.ended || got.end.rows > source.row_count || got.format.width_pels != source.width_pels)
    return false;
  const page::DecodedPage decoded = page::decode_t6(got.format.width_pels, got.bytes, got.end.rows);
  return !decoded.damaged && std::equal(decoded.rows.begin(), decoded.rows.end(), source.rows.begin());
}

void check_whole(const GotPage& got, const PageImage& source) {
  CHECK(got.end.complete);
  CHECK(got.end.rows == source.row_count);
  CHECK(got.end.bad_rows == 0);
  CHECK(got.end.seen == t30::Verdict::good);
  CHECK(got.format.x_dpi == source.x_dpi);
  CHECK(got.format.y_dpi == source.y_dpi);
  CHECK(got.format.coding == t30::Coding::mmr);
  CHECK(same_pels(got, source));
}

}  // namespace

TEST_CASE("one page in every modem, with and without ECM, pel for pel") {
  struct Way {
    std::string what;
    Line line;
    t30::Modem modem;
    unsigned rate_bps;
    t30::Coding coding;
  };
  const std::vector<Way> table = {
      {"V.17 with ECM",
       {.modems = T30_SUPPORT_V17 | T30_SUPPORT_V29 | T30_SUPPORT_V27TER},
       t30::Modem::v17,
       14400,
       t30::Coding::mmr},
      {"V.29 without ECM",
       {.modems = T30_SUPPORT_V29 | T30_SUPPORT_V27TER, .ecm = false},
       t30::Modem::v29,
       9600,
       t30::Coding::mr},
      {"V.27ter, MH",
       {.modems = T30_SUPPORT_V27TER, .ecm = false, .codings = T30_SUPPORT_T4_1D_COMPRESSION},
       t30::Modem::v27ter,
       4800,
       t30::Coding::mh},
  };
  for (const Way& way : table) {
    INFO(way.what);
    Sink sink;
    t30::Receiver receiver(sink);
    Call call({unit::text_page(300, 1, 1728, 204, 196)}, way.line);
    receiver.start({.station_id = "4930123469"});
    call.talk(receiver, 180);
    CHECK(receiver.outcome() == Outcome::completed);
    REQUIRE(sink.pages.size() == 1);
    check_whole(sink.pages[0], call.source[0]);
    CHECK(sink.session.modem == way.modem);
    CHECK(sink.session.rate_bps == way.rate_bps);
    CHECK(sink.session.ecm == way.line.ecm);
    CHECK(sink.session.coding == way.coding);
    CHECK(sink.session.x_dpi == 204);
    CHECK(sink.session.y_dpi == 196);
    CHECK(sink.session.width_pels == 1728);
    CHECK(sink.session.station_id.view() == "+49 89 555");
    CHECK(sink.session.sub_address.empty());
    CHECK(sink.cng == 1);
    CHECK(sink.frames.find(">DIS") != std::string::npos);
    CHECK(sink.frames.find(way.line.ecm ? "<TSI <DCS >CFR <PPS >MCF" : "<TSI <DCS >CFR <EOP >MCF") !=
          std::string::npos);
    CHECK(sink.frames.ends_with("<DCN"));
    CHECK_FALSE(receiver.has_unsent_bytes());
  }
}

TEST_CASE("pages of different resolutions and widths in one call, each as it is") {
  Sink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(300, 1), unit::text_page(400, 2, 1728, 204, 196),
             unit::text_page(400, 3, 1728, 204, 391)},
            {});
  receiver.start({.station_id = "1"});
  call.talk(receiver, 300);
  CHECK(receiver.outcome() == Outcome::completed);
  REQUIRE(sink.pages.size() == 3);
  for (unsigned n = 0; n < 3; ++n)
    check_whole(sink.pages[n], call.source[n]);
}

TEST_CASE("a page is awaited its verdict, and one receiver takes call after call") {
  Sink sink;
  t30::Receiver receiver(sink);
  for (unsigned n = 0; n < 2; ++n) {
    Call call({unit::text_page(200, n)}, {});
    receiver.start({.station_id = "1"});
    CHECK_FALSE(receiver.awaits_verdict());
    call.talk(receiver, 120);
    CHECK(receiver.outcome() == Outcome::completed);
    CHECK(receiver.awaits_verdict());
    receiver.verdict(t30::Verdict::good);
    CHECK_FALSE(receiver.awaits_verdict());
    REQUIRE(sink.pages.size() == n + 1);
    check_whole(sink.pages[n], call.source[0]);
  }
}

TEST_CASE("the caller hangs up in the middle of page 2: page 1 is whole, page 2 is its upper part") {
  for (const bool ecm : {false, true}) {
    INFO(std::string(ecm ? "with ECM" : "without ECM"));
    Sink sink;
    t30::Receiver receiver(sink);
    const PageImage long_page = unit::text_page(4000, 2, 1728, 204, 196);  // minutes long
    Call call({unit::text_page(200, 1), long_page}, {.modems = T30_SUPPORT_V29 | T30_SUPPORT_V27TER,
                                                     .ecm = ecm,
                                                     .codings = T30_SUPPORT_T4_1D_COMPRESSION});
    receiver.start({.station_id = "1"});
    // In ECM a block of 64 KB comes at once: the first must be over.
    unsigned blocks_to_go = (ecm ? 90 : 20) * blocks_per_s;
    call.talk(receiver, 300,
              [&] { return !sink.pages.empty() && sink.pages[0].ended && --blocks_to_go == 0; });
    CHECK(receiver.outcome() == Outcome::none);
    receiver.line_dropped();
    CHECK(receiver.outcome() == Outcome::caller_hung_up);
    REQUIRE(sink.pages.size() == 2);
    check_whole(sink.pages[0], call.source[0]);
    CHECK_FALSE(sink.pages[1].end.complete);
    CHECK(sink.pages[1].end.rows > 20);
    CHECK(sink.pages[1].end.rows < 4000);
    CHECK(same_pels(sink.pages[1], long_page));
  }
}

TEST_CASE("nobody speaks: the call is over within a minute of the line's time") {
  Sink sink;
  t30::Receiver receiver(sink);
  receiver.start({.station_id = "1"});
  const std::array<std::int16_t, 160> silence{};
  std::array<std::int16_t, 160> said{};
  unsigned blocks = 0;
  bool spoke = false;
  for (; blocks < 60 * blocks_per_s && receiver.outcome() == Outcome::none; ++blocks) {
    receiver.block(silence, said);
    spoke |= std::any_of(said.begin(), said.end(), [](std::int16_t s) { return s > 1000; });
  }
  CHECK(spoke);  // CED and DIS
  CHECK(receiver.outcome() == Outcome::no_fax);
  CHECK(blocks > 20 * blocks_per_s);
  CHECK(sink.pages.empty());
  CHECK(sink.cng == 0);
  // What comes after the end is silence.
  said.fill(1);
  receiver.block(silence, said);
  CHECK(said == silence);
}

TEST_CASE("a caller that hangs up before it speaks is no fax") {
  Sink sink;
  t30::Receiver receiver(sink);
  receiver.start({.station_id = "1"});
  std::array<std::int16_t, 160> said{};
  for (unsigned n = 0; n < 5 * blocks_per_s; ++n)
    receiver.block(std::array<std::int16_t, 160>{}, said);
  receiver.line_dropped();
  CHECK(receiver.outcome() == Outcome::no_fax);
  receiver.line_dropped();  // once more does nothing
  CHECK(receiver.outcome() == Outcome::no_fax);
}

TEST_CASE("a caller slower than the settings allow is sent away before its page") {
  Sink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(200, 1)}, {.modems = T30_SUPPORT_V27TER});
  receiver.start({.station_id = "1", .min_rate_bps = 9600});
  const double seconds = call.talk(receiver, 120);
  CHECK(receiver.outcome() == Outcome::slower_than_allowed);
  CHECK(seconds < 40);
  CHECK(sink.pages.empty());
}

TEST_CASE("the highest rate is what the settings allow") {
  for (const auto& [most, modem, rate] :
       {std::tuple{9600U, t30::Modem::v29, 9600}, {4800U, t30::Modem::v27ter, 4800}}) {
    Sink sink;
    t30::Receiver receiver(sink);
    Call call({unit::text_page(100, 1)}, {});
    receiver.start({.station_id = "1", .max_rate_bps = most});
    call.talk(receiver, 120);
    CHECK(receiver.outcome() == Outcome::completed);
    CHECK(sink.session.modem == modem);
    CHECK(sink.session.rate_bps == rate);
  }
}

TEST_CASE("without ECM in the settings there is none, whatever the caller can") {
  Sink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(100, 1)}, {});
  receiver.start({.station_id = "1", .ecm = false});
  call.talk(receiver, 120);
  CHECK(receiver.outcome() == Outcome::completed);
  CHECK_FALSE(sink.session.ecm);
  REQUIRE(sink.pages.size() == 1);
  check_whole(sink.pages[0], call.source[0]);
}

TEST_CASE("a sink that has no room for a while loses nothing") {
  Sink sink;
  sink.refusals_to_come = 1000;
  sink.most_bytes = 1;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(200, 1), unit::text_page(220, 2)}, {});
  receiver.start({.station_id = "1"});
  call.talk(receiver, 240);
  CHECK(receiver.outcome() == Outcome::completed);
  CHECK(receiver.has_unsent_bytes());
  sink.refusals_to_come = 3;
  for (unsigned n = 0; n < 100'000 && receiver.has_unsent_bytes(); ++n)
    receiver.pump();
  CHECK_FALSE(receiver.has_unsent_bytes());
  REQUIRE(sink.pages.size() == 2);
  for (unsigned n = 0; n < 2; ++n)
    check_whole(sink.pages[n], call.source[n]);
}

TEST_CASE("station id and sub-address of the caller arrive") {
  Sink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(100, 1)}, {.station_id = "+49 30 123456", .sub_address = "42"});
  receiver.start({.station_id = "4930123469"});
  call.talk(receiver, 120);
  CHECK(receiver.outcome() == Outcome::completed);
  CHECK(sink.session.station_id.view() == "+49 30 123456");
  CHECK(sink.session.sub_address.view() == "42");
}

TEST_CASE("a station id that is too long for T.30 is cut") {
  Sink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(100, 1)}, {});
  receiver.start({.station_id = "+49 30 12345678901234567890"});
  call.talk(receiver, 120);
  CHECK(receiver.outcome() == Outcome::completed);
}

TEST_CASE("frames have the Recommendation's names, whoever spoke last") {
  CHECK(std::string(t30::frame_name(0x80)) == "DIS");
  CHECK(std::string(t30::frame_name(0x82)) == "DCS");
  CHECK(std::string(t30::frame_name(0x83)) == "DCS");
  CHECK(std::string(t30::frame_name(0x8D)) == "MCF");
  CHECK(std::string(t30::frame_name(0xFB)) == "DCN");
  CHECK(t30::frame_name(0x00) == nullptr);
}
