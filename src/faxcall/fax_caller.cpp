// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxcall/fax_caller.hpp"

// spandsp 0.0.6 has no setter for the first rate to try and no getter for how much of a page is out; both are
// read and written in its own structures, here and nowhere else: choose_rate() and page_progress().
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES
#include "src/modem/spandsp.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <span>

#include "src/base/remote_text.hpp"

namespace faxcall {
namespace {

constexpr std::uint8_t command_bits = 0xFE;  // the last bit of a facsimile control field says who speaks

int supported_modems(Modem best) {
  int modems = T30_SUPPORT_V27TER;
  if (best >= Modem::v29) modems |= T30_SUPPORT_V29;
  if (best >= Modem::v17) modems |= T30_SUPPORT_V17;
  return modems;
}

int supported_compressions(Coding best) {
  int codings = T30_SUPPORT_T4_1D_COMPRESSION;
  if (best >= Coding::mr) codings |= T30_SUPPORT_T4_2D_COMPRESSION;
  if (best >= Coding::mmr) codings |= T30_SUPPORT_T6_COMPRESSION;
  return codings;
}

// spandsp's set of modems as the set of first_permitted().
unsigned permitted_modems(int spandsp_modems) {
  unsigned permitted = 0;
  if ((spandsp_modems & T30_SUPPORT_V27TER) != 0) permitted |= 1U << static_cast<unsigned>(Modem::v27ter);
  if ((spandsp_modems & T30_SUPPORT_V29) != 0) permitted |= 1U << static_cast<unsigned>(Modem::v29);
  if ((spandsp_modems & T30_SUPPORT_V17) != 0) permitted |= 1U << static_cast<unsigned>(Modem::v17);
  return permitted;
}

// Whether a sent frame ends a page: MPS, EOM, EOP, or in ECM a PPS whose second octet is one of them and not
// NULL, which ends a block of 64 KB in the middle of a page (T.30 annex A.4.3).
bool ends_page(std::uint8_t command, std::span<const std::uint8_t> frame) {
  switch (command) {
    case T30_MPS:
    case T30_EOM:
    case T30_EOP:
      return true;
    case T30_PPS:
      return frame.size() > 3 && frame[3] != 0;
    default:
      return false;
  }
}

}  // namespace

// spandsp calls C functions with a pointer; they know FaxCaller's insides.
struct Callbacks {
  static FaxCaller& self(void* user) { return *static_cast<FaxCaller*>(user); }
  static int phase_b(t30_state_t* /*t30*/, void* user, int /*frame*/) { return self(user).choose_rate(); }
  static int phase_d(t30_state_t* /*t30*/, void* user, int response) {
    self(user).page_answered(response);
    return T30_ERR_OK;
  }
  static void frame(t30_state_t* /*t30*/, void* user, int received, const std::uint8_t* octets, int size) {
    if (size >= 3) self(user).frame_passed(received == 0, octets, static_cast<std::size_t>(size));
  }
};

void FaxCaller::Free::operator()(fax_state_s* fax) const noexcept {
  fax_free(fax);
}

FaxCaller::FaxCaller(FaxSettings settings, Listener listener)
    : settings_(std::move(settings)),
      listener_(std::move(listener)),
      gain_(std::pow(10.0, (settings_.level_dbm0 - usual_level_dbm0) / 20)),
      fax_(fax_init(nullptr, TRUE)) {
  if (!fax_) throw std::bad_alloc();
  configure();
}

FaxCaller::~FaxCaller() = default;

void FaxCaller::configure() {
  t30_state_t* t30 = this->t30();
  t30_set_tx_file(t30, settings_.file.c_str(), -1, -1);
  t30_set_tx_ident(t30, settings_.station_id.c_str());
  t30_set_tx_sub_address(t30, settings_.sub_address.c_str());
  t30_set_supported_t30_features(
      t30, T30_SUPPORT_IDENTIFICATION | T30_SUPPORT_SUB_ADDRESSING | T30_SUPPORT_COMMAND_REPEAT);
  t30_set_supported_modems(t30, supported_modems(settings_.modem));
  t30_set_supported_compressions(t30, supported_compressions(settings_.coding));
  t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
                                         T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION |
                                         T30_SUPPORT_R16_RESOLUTION | T30_SUPPORT_300_300_RESOLUTION |
                                         T30_SUPPORT_400_400_RESOLUTION);
  t30_set_supported_image_sizes(t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH |
                                         T30_SUPPORT_303MM_WIDTH | T30_SUPPORT_UNLIMITED_LENGTH);
  t30_set_ecm_capability(t30, settings_.ecm ? TRUE : FALSE);
  t30_set_phase_b_handler(t30, &Callbacks::phase_b, this);
  t30_set_phase_d_handler(t30, &Callbacks::phase_d, this);
  t30_set_real_time_frame_handler(t30, &Callbacks::frame, this);
  fax_set_transmit_on_idle(fax_.get(), TRUE);
}

t30_state_s* FaxCaller::t30() const {
  return fax_get_t30_state(fax_.get());
}

void FaxCaller::say(hw::Block& block) {
  const int said = fax_tx(fax_.get(), block.data(), static_cast<int>(block.size()));
  std::fill(block.begin() + std::clamp<int>(said, 0, block.size()), block.end(), std::int16_t{0});
  if (settings_.level_dbm0 == usual_level_dbm0) return;
  for (std::int16_t& sample : block) {
    using Limits = std::numeric_limits<std::int16_t>;
    sample = static_cast<std::int16_t>(
        std::clamp<long>(std::lround(sample * gain_), Limits::min(), Limits::max()));
  }
}

void FaxCaller::hear(const hw::Block& block) {
  hw::Block scratch = block;  // fax_rx takes the DC out in place
  fax_rx(fax_.get(), scratch.data(), static_cast<int>(scratch.size()));
}

void FaxCaller::line_gone() {
  t30_terminate(t30());
}

bool FaxCaller::finished() const {
  return t30_call_active(t30()) == 0;
}

// A DIS came, and spandsp has chosen the fastest rate both sides have; it begins with it when we return.
int FaxCaller::choose_rate() {
  t30_state_t* t30 = this->t30();
  const auto rate = first_permitted(static_cast<std::size_t>(t30->current_fallback), settings_.top_rate,
                                    permitted_modems(t30->current_permitted_modems));
  if (!rate) return T30_ERR_INCOMPATIBLE;
  t30->current_fallback = static_cast<int>(*rate);
  return T30_ERR_OK;
}

void FaxCaller::page_answered(int response) {
  const auto code = static_cast<std::uint8_t>(response);
  // RTP: received, but train again (T.30 5.3.6.1.7). Procedure interrupts (PIP, PIN) are never asked for
  // here.
  const bool confirmed = code == T30_MCF || code == T30_RTP;
  pages_.push_back(current_page(t30_frametype(code), confirmed));
  image_frames_ = 0;
  if (listener_.page) listener_.page(pages_.back());
}

PageReport FaxCaller::current_page(std::string response, bool confirmed) const {
  return {pages_answered() + 1, confirmed, rows_unanswered_, format_, std::move(response)};
}

std::vector<PageReport> FaxCaller::pages() const {
  std::vector<PageReport> all = pages_;
  if (sent_ > pages_answered()) all.push_back(current_page("", false));
  return all;
}

void FaxCaller::frame_passed(bool sent, const std::uint8_t* octets, std::size_t size) {
  if (sent) follow_sent_frame(octets, size);
  if (octets[2] == T4_FCD || octets[2] == T4_RCP || !listener_.frame) return;
  listener_.frame(sent, t30_frametype(octets[2]),
                  fmt::format("{:02x}", fmt::join(std::span(octets, size), " ")));
}

void FaxCaller::follow_sent_frame(const std::uint8_t* octets, std::size_t size) {
  if (octets[2] == T4_FCD) {
    ++image_frames_;
    return;
  }
  const auto command = static_cast<std::uint8_t>(octets[2] & command_bits);
  if (command == T30_DCS) format_ = decode_dcs({octets, size}).value_or(format_);
  if (!ends_page(command, {octets, size})) return;
  t30_stats_t statistics;
  t30_get_transfer_statistics(t30(), &statistics);
  rows_unanswered_ = statistics.length;
  sent_ = pages_answered() + 1;
}

double FaxCaller::page_progress() const {
  const t30_state_t* t30 = this->t30();
  const t4_tx_state_t& page = t30->t4.tx;  // holds the whole page, coded for the line
  if (page.image_size <= 0) return 0;
  const double out = format_.ecm ? static_cast<double>(image_frames_) * t30->octets_per_ecm_frame
                                 : static_cast<double>(page.t4_t6_tx.bit_ptr);
  return out < page.image_size ? out / page.image_size : 0;
}

std::string FaxCaller::far_station_id() const {
  const char* id = t30_get_rx_ident(t30());
  return id == nullptr ? std::string() : base::printable(id);
}

std::string_view FaxCaller::how_it_ended() const {
  t30_stats_t statistics;
  t30_get_transfer_statistics(t30(), &statistics);
  return t30_completion_code_to_str(statistics.current_status);
}

bool FaxCaller::ended_well() const {
  t30_stats_t statistics;
  t30_get_transfer_statistics(t30(), &statistics);
  return statistics.current_status == T30_ERR_OK;
}

}  // namespace faxcall
