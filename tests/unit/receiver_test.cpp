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
#include "src/page/page_file.hpp"
#include "tests/calls/memory_sink.hpp"
#include "tests/unit/scratch_folder.hpp"
#include "tests/unit/test_pages.hpp"

using calls::KeptPage;
using calls::MemorySink;
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
      t30::Receiver& receiver, MemorySink& sink, unsigned limit_s,
      const std::function<bool()>& stop = [] { return false; }) {
    unsigned blocks = 0;
    for (std::array<std::int16_t, 160> heard{}, said{}; blocks < limit_s * blocks_per_s && !stop();
         ++blocks) {
      caller->say(heard);
      receiver.block(heard, said);
      if (const auto verdict = sink.due_verdict()) receiver.verdict(*verdict);
      caller->hear(said);
      if (receiver.outcome() != Outcome::none) break;
    }
    return static_cast<double>(blocks) / blocks_per_s;
  }

  std::vector<PageImage> source;
  unit::ScratchFolder folder;
  std::unique_ptr<Caller> caller;
};

// Takes little at a time, and for a while nothing.
class ReluctantSink final : public MemorySink {
 public:
  bool begin_page(const t30::PageFormat& format) noexcept override {
    return !no_room() && MemorySink::begin_page(format);
  }
  std::size_t page_bytes(std::span<const std::uint8_t> bytes) noexcept override {
    return no_room() ? 0 : MemorySink::page_bytes(bytes.first(std::min(bytes.size(), most_bytes)));
  }
  bool end_page(const t30::PageEnd& end) noexcept override { return !no_room() && MemorySink::end_page(end); }
  unsigned refusals_to_come = 0;
  std::size_t most_bytes = SIZE_MAX;

 private:
  bool no_room() noexcept {
    if (refusals_to_come == 0) return false;
    --refusals_to_come;
    return true;
  }
};

t30::Settings settings(const char* station_id = "4930123469") {
  t30::Settings all;
  all.station_id = base::ShortText<20>(station_id);
  return all;
}

std::string frames(const MemorySink& sink) {
  std::string text;
  for (const calls::SeenFrame& frame : sink.frames)
    text += (frame.said_by_us ? " >" : " <") + frame.name;
  return text;
}

unsigned heard_cng(const MemorySink& sink) {
  return static_cast<unsigned>(
      std::count_if(sink.traces.begin(), sink.traces.end(),
                    [](const t30::Trace& line) { return line.kind == t30::TraceKind::cng_heard; }));
}

bool same_pels(const KeptPage& got, const PageImage& source) {
  return got.rows.row_count <= source.row_count && got.format.width_pels == source.width_pels &&
         std::equal(got.rows.rows.begin(), got.rows.rows.end(), source.rows.begin());
}

void check_whole(const KeptPage& got, const PageImage& source) {
  CHECK(got.end.complete == 1);
  CHECK(got.end.damaged == 0);
  CHECK(got.rows.row_count == source.row_count);
  CHECK(got.rows.bad_rows == 0);
  CHECK(got.verdict == t30::Verdict::good);
  CHECK(got.format.x_dpi == source.x_dpi);
  CHECK(got.format.y_dpi == source.y_dpi);
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
      {"V.17 with ECM", {}, t30::Modem::v17, 14400, t30::Coding::mmr},
      {"V.17 without ECM", {.ecm = false}, t30::Modem::v17, 14400, t30::Coding::mr},
      {"V.29 without ECM",
       {.modems = T30_SUPPORT_V29 | T30_SUPPORT_V27TER, .ecm = false},
       t30::Modem::v29,
       9600,
       t30::Coding::mr},
      {"V.29 with ECM",
       {.modems = T30_SUPPORT_V29 | T30_SUPPORT_V27TER},
       t30::Modem::v29,
       9600,
       t30::Coding::mmr},
      {"V.27ter, MH",
       {.modems = T30_SUPPORT_V27TER, .ecm = false, .codings = T30_SUPPORT_T4_1D_COMPRESSION},
       t30::Modem::v27ter,
       4800,
       t30::Coding::mh},
  };
  for (const Way& way : table) {
    INFO(way.what);
    MemorySink sink;
    t30::Receiver receiver(sink);
    Call call({unit::text_page(300, 1, 1728, 204, 196)}, way.line);
    receiver.start(settings());
    call.talk(receiver, sink, 180);
    CHECK(receiver.outcome() == Outcome::completed);
    INFO(frames(sink));
    REQUIRE(sink.pages.size() == 1);
    check_whole(sink.pages[0], call.source[0]);
    CHECK(sink.session.modem == way.modem);
    CHECK(sink.session.rate_bps == way.rate_bps);
    CHECK(sink.session.ecm == way.line.ecm);
    CHECK(sink.session.coding == way.coding);
    CHECK(sink.session.width_pels == 1728);
    CHECK(sink.session.station_id.view() == "+49 89 555");
    CHECK(sink.session.sub_address.empty());
    CHECK(heard_cng(sink) == 1);
    CHECK(frames(sink) == (way.line.ecm ? " >CSI >DIS <TSI <DCS >CFR <PPS >MCF <DCN"
                                        : " >CSI >DIS <TSI <DCS >CFR <EOP >MCF <DCN"));
    CHECK_FALSE(receiver.has_unsent_bytes());
  }
}

TEST_CASE("pages of different resolutions and widths in one call, each as it is") {
  MemorySink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(300, 1), unit::text_page(400, 2, 1728, 204, 196),
             unit::text_page(400, 3, 1728, 204, 391)},
            {});
  receiver.start(settings());
  call.talk(receiver, sink, 300);
  CHECK(receiver.outcome() == Outcome::completed);
  INFO(frames(sink));
  REQUIRE(sink.pages.size() == 3);
  for (unsigned n = 0; n < 3; ++n)
    check_whole(sink.pages[n], call.source[n]);
}

TEST_CASE("MCF waits for the verdict, and one receiver takes call after call") {
  for (const bool ecm : {true, false}) {
    MemorySink sink;
    sink.verdict_delay_blocks = 40;
    t30::Receiver receiver(sink);
    for (unsigned n = 0; n < 2; ++n) {
      Call call({unit::text_page(200, n), unit::text_page(210, n)}, {.ecm = ecm});
      receiver.start(settings());
      CHECK_FALSE(receiver.awaits_verdict());
      bool said_early = false;
      call.talk(receiver, sink, 120, [&] {
        said_early |= receiver.awaits_verdict() && sink.said("MCF") >= sink.pages.size();
        return false;
      });
      CHECK_FALSE(said_early);
      CHECK(receiver.outcome() == Outcome::completed);
      CHECK_FALSE(receiver.awaits_verdict());
      REQUIRE(sink.pages.size() == 2 * n + 2);
      check_whole(sink.pages[2 * n], call.source[0]);
      check_whole(sink.pages[2 * n + 1], call.source[1]);
    }
  }
}

TEST_CASE("a page that is not on disk is answered with DCN, never MCF") {
  for (const bool ecm : {true, false}) {
    MemorySink sink;
    sink.disk_is_full = true;
    t30::Receiver receiver(sink);
    Call call({unit::text_page(200, 1)}, {.ecm = ecm});
    receiver.start(settings());
    call.talk(receiver, sink, 120);
    CHECK(receiver.outcome() == Outcome::not_stored);
    CHECK(sink.said("MCF") == 0);
    CHECK(sink.said("DCN") == 1);
  }
}

TEST_CASE("the caller hangs up in the middle of page 2: page 1 is whole, page 2 is its upper part") {
  for (const bool ecm : {false, true}) {
    INFO(std::string(ecm ? "with ECM" : "without ECM"));
    MemorySink sink;
    t30::Receiver receiver(sink);
    const PageImage long_page = unit::text_page(4000, 2, 1728, 204, 196);  // minutes long
    Call call({unit::text_page(200, 1), long_page}, {.modems = T30_SUPPORT_V29 | T30_SUPPORT_V27TER,
                                                     .ecm = ecm,
                                                     .codings = T30_SUPPORT_T4_1D_COMPRESSION});
    receiver.start(settings());
    unsigned blocks_to_go = 20 * blocks_per_s;  // in the middle of an ECM block, too
    call.talk(receiver, sink, 300, [&] { return !sink.pages.empty() && --blocks_to_go == 0; });
    CHECK(receiver.outcome() == Outcome::none);
    receiver.line_dropped();
    CHECK(receiver.outcome() == Outcome::caller_hung_up);
    REQUIRE(sink.pages.size() == 2);
    check_whole(sink.pages[0], call.source[0]);
    CHECK_FALSE(sink.pages[1].end.complete);
    CHECK(sink.pages[1].rows.row_count > 20);
    CHECK(sink.pages[1].rows.row_count < 4000);
    CHECK(same_pels(sink.pages[1], long_page));
  }
}

TEST_CASE("nobody speaks: DIS every 3 s for 35 s, then the call is over") {
  MemorySink sink;
  t30::Receiver receiver(sink);
  receiver.start(settings());
  const std::array<std::int16_t, 160> silence{};
  std::array<std::int16_t, 160> said{};
  unsigned blocks = 0;
  for (; blocks < 60 * blocks_per_s && receiver.outcome() == Outcome::none; ++blocks)
    receiver.block(silence, said);
  CHECK(receiver.outcome() == Outcome::no_fax);
  CHECK(blocks > 35 * blocks_per_s);
  CHECK(sink.said("DIS") >= 6);
  CHECK(sink.said("DCN") == 1);
  CHECK(sink.pages.empty());
  CHECK(heard_cng(sink) == 0);
  // What comes after the end is silence.
  said.fill(1);
  receiver.block(silence, said);
  CHECK(said == silence);
}

TEST_CASE("a caller that hangs up before it speaks is no fax") {
  MemorySink sink;
  t30::Receiver receiver(sink);
  receiver.start(settings());
  std::array<std::int16_t, 160> said{};
  for (unsigned n = 0; n < 5 * blocks_per_s; ++n)
    receiver.block(std::array<std::int16_t, 160>{}, said);
  receiver.line_dropped();
  CHECK(receiver.outcome() == Outcome::no_fax);
  receiver.line_dropped();  // once more does nothing
  CHECK(receiver.outcome() == Outcome::no_fax);
}

TEST_CASE("a caller slower than the settings allow is sent away before its page") {
  MemorySink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(200, 1)}, {.modems = T30_SUPPORT_V27TER});
  t30::Settings fast = settings();
  fast.min_rate_bps = 9600;
  receiver.start(fast);
  const double seconds = call.talk(receiver, sink, 120);
  CHECK(receiver.outcome() == Outcome::slower_than_allowed);
  CHECK(seconds < 40);
  CHECK(sink.pages.empty());
}

TEST_CASE("the highest rate is what the settings allow, said by DIS or by FTT") {
  struct Way {
    std::uint16_t most_bps;
    t30::Modems modems;
    t30::Modem modem;
    std::uint16_t rate_bps;
    bool refused_first;
  };
  for (const Way& way : {Way{12000, t30::Modems::v27ter_v29_v17, t30::Modem::v17, 12000, true},
                         Way{9600, t30::Modems::v27ter_v29, t30::Modem::v29, 9600, false},
                         Way{7200, t30::Modems::v27ter_v29, t30::Modem::v29, 7200, true},
                         Way{4800, t30::Modems::v27ter, t30::Modem::v27ter, 4800, false},
                         Way{2400, t30::Modems::v27ter_2400, t30::Modem::v27ter, 2400, false}}) {
    INFO(way.most_bps);
    MemorySink sink;
    t30::Receiver receiver(sink);
    Call call({unit::text_page(100, 1)}, {});
    t30::Settings limited = settings();
    limited.max_rate_bps = way.most_bps;
    limited.modems = way.modems;
    receiver.start(limited);
    call.talk(receiver, sink, 180);
    INFO(frames(sink));
    CHECK(receiver.outcome() == Outcome::completed);
    CHECK(sink.session.modem == way.modem);
    CHECK(sink.session.rate_bps == way.rate_bps);
    CHECK((sink.said("FTT") > 0) == way.refused_first);
  }
}

TEST_CASE("without ECM in the settings there is none, whatever the caller can") {
  MemorySink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(100, 1)}, {});
  t30::Settings plain = settings();
  plain.ecm = false;
  receiver.start(plain);
  call.talk(receiver, sink, 120);
  CHECK(receiver.outcome() == Outcome::completed);
  CHECK_FALSE(sink.session.ecm);
  REQUIRE(sink.pages.size() == 1);
  check_whole(sink.pages[0], call.source[0]);
}

TEST_CASE("a sink that has no room for a while loses nothing, and is answered later") {
  ReluctantSink sink;
  sink.refusals_to_come = 200;
  sink.most_bytes = 50;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(200, 1), unit::text_page(220, 2)}, {});
  receiver.start(settings());
  call.talk(receiver, sink, 240);
  CHECK(receiver.outcome() == Outcome::completed);
  REQUIRE(sink.pages.size() == 2);
  for (unsigned n = 0; n < 2; ++n)
    check_whole(sink.pages[n], call.source[n]);
}

TEST_CASE("a sink that never has room: the page is not stored, and the caller is told so") {
  ReluctantSink sink;
  sink.refusals_to_come = ~0U;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(200, 1)}, {});
  receiver.start(settings());
  call.talk(receiver, sink, 300);
  CHECK(receiver.outcome() == Outcome::not_stored);
  CHECK(sink.said("MCF") == 0);
}

TEST_CASE("station id and sub-address of the caller arrive") {
  MemorySink sink;
  t30::Receiver receiver(sink);
  Call call({unit::text_page(100, 1)}, {.station_id = "+49 30 123456", .sub_address = "42"});
  receiver.start(settings());
  call.talk(receiver, sink, 120);
  CHECK(receiver.outcome() == Outcome::completed);
  CHECK(sink.session.station_id.view() == "+49 30 123456");
  CHECK(sink.session.sub_address.view() == "42");
}
