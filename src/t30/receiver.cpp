// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/t30/receiver.hpp"

#include <tiffio.h>
// After tiffio.h:
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include <spandsp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <deque>
#include <vector>

#include "src/page/memory_tiff.hpp"
#include "src/page/t6.hpp"
#include "src/t30/dcs_rate.hpp"

namespace t30 {
namespace {

// spandsp's resolutions are pels per metre; TIFF-F's names for them (RFC 3949, 3.4.1).
std::uint16_t x_dpi(int pels_per_m) noexcept {
  if (pels_per_m == T4_X_RESOLUTION_300) return 300;
  return pels_per_m == T4_X_RESOLUTION_R16 ? 408 : 204;
}

std::uint16_t y_dpi(int pels_per_m) noexcept {
  switch (pels_per_m) {
    case T4_Y_RESOLUTION_STANDARD:
      return 98;
    case T4_Y_RESOLUTION_300:
      return 300;
    case T4_Y_RESOLUTION_SUPERFINE:
      return 391;
    default:
      return 196;
  }
}

Coding coding_of(int encoding) noexcept {
  if (encoding == T4_COMPRESSION_ITU_T6) return Coding::mmr;
  return encoding == T4_COMPRESSION_ITU_T4_2D ? Coding::mr : Coding::mh;
}

int supported_modems(unsigned max_rate_bps) noexcept {
  int modems = T30_SUPPORT_V27TER;
  if (max_rate_bps >= 9600) modems |= T30_SUPPORT_V29;
  if (max_rate_bps >= 14400) modems |= T30_SUPPORT_V17;
  return modems;
}

// Private to spandsp's t30.c, whose enum begins with NONE, T4_RX.
constexpr int operation_t4_rx = 1;

// A page that is finished and on its way to the sink, as fast as that has room.
struct OutgoingPage {
  PageFormat format;
  PageEnd end;
  std::vector<std::uint8_t> bytes;
  bool begun = false;
  std::size_t sent = 0;
};

}  // namespace

struct Receiver::Engine {
  explicit Engine(PageSink& page_sink) : sink(page_sink) {}

  t30_state_t& t30() noexcept { return fax.t30; }
  t4_rx_state_t& t4() noexcept { return fax.t30.t4.rx; }

  void configure(const Settings& wanted);
  int dcs_received() noexcept;
  void start_document() noexcept;
  void keep_rows() noexcept;
  void page_ends(bool complete) noexcept;
  void frame(bool by_us, const std::uint8_t* message, int length) noexcept;
  void finished(int status) noexcept;
  void pump() noexcept;

  PageSink& sink;
  Settings settings;
  fax_state_t fax{};
  modem_connect_tones_rx_state_t cng{};
  std::vector<std::uint8_t> dummy_tiff;
  // Of the page being received, copied as the engine decodes them: it frees its own when a call is cut.
  std::vector<std::uint8_t> rows;
  PageFormat rows_format{};
  std::uint32_t bad_rows = 0, longest_bad_run = 0;
  Session session;
  std::deque<OutgoingPage> outgoing;
  unsigned verdicts_awaited = 0;
  Outcome outcome = Outcome::none;
  bool running = false;
  bool cng_told = false;
  bool talked = false;          // a DCS came
  bool last_confirmed = false;  // the last thing answered was a page, with MCF or RTP
  bool end_of_procedure = false;
  std::uint8_t last_command = 0;
};

void Receiver::Engine::configure(const Settings& wanted) {
  settings = wanted;
  fax_init(&fax, FALSE);
  fax_set_transmit_on_idle(&fax, TRUE);
  t30_set_rx_file(&t30(), "memory",
                  -1);  // a name makes it "able to receive"; start_document() opens no such file
  t30_set_tx_ident(&t30(), settings.station_id.substr(0, 20).c_str());
  t30_set_ecm_capability(&t30(), settings.ecm ? TRUE : FALSE);
  t30_set_supported_modems(&t30(), supported_modems(settings.max_rate_bps));
  t30_set_supported_compressions(
      &t30(), T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
  t30_set_supported_resolutions(&t30(), T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
                                            T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION |
                                            T30_SUPPORT_R16_RESOLUTION | T30_SUPPORT_300_300_RESOLUTION);
  t30_set_supported_image_sizes(&t30(), T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH |
                                            T30_SUPPORT_303MM_WIDTH | T30_SUPPORT_A4_LENGTH |
                                            T30_SUPPORT_B4_LENGTH | T30_SUPPORT_UNLIMITED_LENGTH);
  t30_set_supported_t30_features(&t30(), T30_SUPPORT_IDENTIFICATION | T30_SUPPORT_SUB_ADDRESSING);
  t30_set_minimum_scan_line_time(&t30(), 0);
}

// DCS tells what the next pages are like. Called by the engine before it would open its file.
int Receiver::Engine::dcs_received() noexcept {
  if (session.modem == Modem::none) return T30_ERR_INCOMPATIBLE;
  session.station_id = base::ShortText<20>(t30_get_rx_ident(&t30()) ? t30_get_rx_ident(&t30()) : "");
  session.sub_address =
      base::ShortText<20>(t30_get_rx_sub_address(&t30()) ? t30_get_rx_sub_address(&t30()) : "");
  session.ecm = t30().error_correcting_mode != 0 ? 1 : 0;
  session.coding = coding_of(t30().line_encoding);
  session.x_dpi = x_dpi(t30().x_resolution);
  session.y_dpi = y_dpi(t30().y_resolution);
  // A width the engine's own table does not have (it takes the caller's word) is −1 or beyond what we store.
  if (t30().image_width < 1 || t30().image_width > static_cast<int>(page::widest_page_pels))
    return T30_ERR_NOSIZESUPPORT;
  session.width_pels = static_cast<std::uint16_t>(t30().image_width);
  talked = true;
  if (session.rate_bps < settings.min_rate_bps) {
    outcome = Outcome::slower_than_allowed;
    return T30_ERR_INCOMPATIBLE;
  }
  sink.session_agreed(session);
  if (t30().operation_in_progress != operation_t4_rx) start_document();
  return T30_ERR_OK;
}

// What t4_rx_init would do, but over memory: the engine insists on a TIFF handle, to which with a row
// callback set it never writes. So the audio process opens no file.
void Receiver::Engine::start_document() noexcept {
  t4_rx_state_t& s = t4();
  std::memset(&s, 0, sizeof s);
  span_log_init(&s.logging, SPAN_LOG_NONE, nullptr);
  s.rx = TRUE;
  dummy_tiff.clear();
  s.tiff.tiff_file = page::open_memory_tiff(dummy_tiff, "w", nullptr).release();  // t4_rx_release closes it
  s.x_resolution = T4_X_RESOLUTION_R8;
  s.y_resolution = T4_Y_RESOLUTION_FINE;
  s.image_width = T4_WIDTH_R8_A4;
  t4_rx_set_row_write_handler(
      &s,
      [](void* user, const std::uint8_t*, std::size_t length) {
        if (length == 0) static_cast<Engine*>(user)->page_ends(true);
        return 0;
      },
      this);
  t30().operation_in_progress = operation_t4_rx;
}

// Takes the rows that have been decoded since the last time.
void Receiver::Engine::keep_rows() noexcept {
  if (t30().operation_in_progress != operation_t4_rx) return;
  const t4_rx_state_t& s = t4();
  if (s.image_buffer == nullptr || s.bytes_per_row <= 0) return;
  const auto octets = static_cast<std::size_t>(s.bytes_per_row);
  const std::size_t decoded = octets * static_cast<std::size_t>(std::max(s.image_length, 0));
  if (decoded < rows.size()) page_ends(false);  // the engine began a new page over an unfinished one
  if (decoded == 0) return;
  rows.insert(rows.end(), s.image_buffer + rows.size(), s.image_buffer + decoded);
  rows_format = {static_cast<std::uint32_t>(s.image_width), x_dpi(s.x_resolution), y_dpi(s.y_resolution),
                 Coding::mmr};
  bad_rows = static_cast<std::uint32_t>(s.t4_t6_rx.bad_rows);
  longest_bad_run =
      static_cast<std::uint32_t>(std::max(s.t4_t6_rx.longest_bad_row_run, s.t4_t6_rx.curr_bad_row_run));
}

void Receiver::Engine::page_ends(bool complete) noexcept {
  if (complete) keep_rows();
  if (rows.empty()) return;
  const std::size_t octets = page::octets_per_row(rows_format.width_pels);
  const std::size_t row_count = std::min<std::size_t>(rows.size() / octets, page::longest_page_rows);
  rows.resize(row_count * octets);
  // The engine's own thresholds (t30.c, copy_quality): 5 % and 15 %.
  const Verdict seen = bad_rows * 100 < row_count * 5    ? Verdict::good
                       : bad_rows * 100 < row_count * 15 ? Verdict::poor
                                                         : Verdict::bad;
  outgoing.push_back({rows_format,
                      {static_cast<std::uint32_t>(row_count), bad_rows, longest_bad_run,
                       static_cast<std::uint8_t>(complete ? 1 : 0), seen},
                      page::encode_t6(rows_format.width_pels, rows)});
  rows.clear();
  if (t30().operation_in_progress == operation_t4_rx) t4().image_length = 0;
  pump();
}

void Receiver::Engine::frame(bool by_us, const std::uint8_t* message, int length) noexcept {
  if (length < 3) return;
  const std::span<const std::uint8_t> octets(message + 2, static_cast<std::size_t>(length - 2));
  const std::uint8_t fcf = octets[0] & 0xFEU;
  if (fcf == T4_FCD || fcf == T4_RCP) return;  // image, not signalling (T.4, annex A)
  sink.frame(by_us, octets);
  if (!by_us && fcf == T30_DCS) {
    const DcsRate rate = rate_in_dcs(octets);
    session.modem = rate.modem;
    session.rate_bps = rate.bps;
  }
  if (!by_us) last_command = fcf;
  if (by_us) {
    last_confirmed = fcf == T30_MCF || fcf == T30_RTP;
    if (last_confirmed)
      end_of_procedure = last_command == T30_EOP || last_command == T30_PRI_EOP ||
                         (last_command == T30_PPS && t30().last_pps_fcf2 == T30_EOP);
  }
}

void Receiver::Engine::finished(int status) noexcept {
  running = false;
  page_ends(false);
  if (outcome != Outcome::none) return;
  // Whoever hangs up without DCN after the last page was answered has still sent everything.
  if (status == T30_ERR_OK || end_of_procedure)
    outcome = Outcome::completed;
  else if (!talked)
    outcome = Outcome::no_fax;
  else
    outcome = status == T30_ERR_CALLDROPPED ? Outcome::caller_hung_up : Outcome::failed;
}

void Receiver::Engine::pump() noexcept {
  while (!outgoing.empty()) {
    OutgoingPage& page = outgoing.front();
    if (!page.begun && !sink.begin_page(page.format)) return;
    page.begun = true;
    const std::span<const std::uint8_t> left = std::span(page.bytes).subspan(page.sent);
    page.sent += sink.page_bytes(left);
    if (page.sent < page.bytes.size() || !sink.end_page(page.end)) return;
    ++verdicts_awaited;
    outgoing.pop_front();
  }
}

Receiver::Receiver(PageSink& sink) : engine_(std::make_unique<Engine>(sink)) {}

Receiver::~Receiver() {
  line_dropped();
  fax_release(&engine_->fax);
}

void Receiver::start(const Settings& settings) {
  line_dropped();
  Engine& e = *engine_;
  e.configure(settings);
  e.rows.clear();
  e.session = {};
  e.outcome = Outcome::none;
  e.verdicts_awaited = 0;
  e.cng_told = e.talked = e.last_confirmed = e.end_of_procedure = false;
  e.running = true;
  modem_connect_tones_rx_init(&e.cng, MODEM_CONNECT_TONES_FAX_CNG, nullptr, nullptr);
  t30_set_phase_b_handler(
      &e.t30(),
      [](t30_state_t*, void* user, int result) {
        return (result & 0xFE) == T30_DCS ? static_cast<Engine*>(user)->dcs_received() : int{T30_ERR_OK};
      },
      &e);
  // Before the answer to a post-message command. A page found bad never comes by the row callback: its rows
  // are still in the engine's buffer then.
  t30_set_phase_d_handler(
      &e.t30(),
      [](t30_state_t* t30, void* user, int) {
        if (t30->operation_in_progress == operation_t4_rx && t30->t4.rx.image_length > 0)
          static_cast<Engine*>(user)->page_ends(true);
        return int{T30_ERR_OK};
      },
      &e);
  t30_set_phase_e_handler(
      &e.t30(), [](t30_state_t*, void* user, int result) { static_cast<Engine*>(user)->finished(result); },
      &e);
  t30_set_real_time_frame_handler(
      &e.t30(),
      [](t30_state_t*, void* user, int received, const std::uint8_t* message, int length) {
        static_cast<Engine*>(user)->frame(received == 0, message, length);
      },
      &e);
}

void Receiver::block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) noexcept {
  Engine& e = *engine_;
  std::fill(said.begin(), said.end(), 0);
  e.pump();
  if (!e.running) return;
  const int length = static_cast<int>(heard.size());
  if (!e.cng_told && !e.talked) {
    modem_connect_tones_rx(&e.cng, heard.data(), length);
    if (modem_connect_tones_rx_get(&e.cng) == MODEM_CONNECT_TONES_FAX_CNG) {
      e.cng_told = true;
      e.sink.cng_heard();
    }
  }
  std::array<std::int16_t, 1024> samples;  // the engine filters its input in place
  const int count = std::min<int>(length, samples.size());
  std::copy_n(heard.begin(), count, samples.begin());
  fax_rx(&e.fax, samples.data(), count);
  if (e.running) e.keep_rows();
  if (e.running) fax_tx(&e.fax, said.data(), static_cast<int>(said.size()));
}

void Receiver::line_dropped() noexcept {
  Engine& e = *engine_;
  if (!e.running) return;
  e.keep_rows();
  t30_terminate(&e.t30());
  if (e.running) e.finished(T30_ERR_CALLDROPPED);
}

void Receiver::verdict(Verdict) noexcept {
  if (engine_->verdicts_awaited > 0) --engine_->verdicts_awaited;
}

bool Receiver::awaits_verdict() const noexcept {
  return engine_->verdicts_awaited > 0;
}
bool Receiver::has_unsent_bytes() const noexcept {
  return !engine_->outgoing.empty();
}
void Receiver::pump() noexcept {
  engine_->pump();
}
Outcome Receiver::outcome() const noexcept {
  return engine_->running ? Outcome::none : engine_->outcome;
}

}  // namespace t30
