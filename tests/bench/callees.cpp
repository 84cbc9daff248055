// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/callees.hpp"

#include <algorithm>
#include <new>

#include "src/modem/spandsp.hpp"

namespace bench {

void SpandspCallee::Free::operator()(fax_state_s* fax) const noexcept {
  fax_free(fax);
}

// Everything that ours offers, so that both sides of the comparison do the same.
SpandspCallee::SpandspCallee(const std::filesystem::path& file) : fax_(fax_init(nullptr, FALSE)) {
  if (!fax_) throw std::bad_alloc();
  t30_state_t* t30 = fax_get_t30_state(fax_.get());
  t30_set_rx_file(t30, file.c_str(), -1);
  t30_set_ecm_capability(t30, TRUE);
  t30_set_supported_modems(t30, T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17);
  t30_set_supported_compressions(
      t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION | T30_SUPPORT_T6_COMPRESSION);
  t30_set_supported_resolutions(t30, T30_SUPPORT_STANDARD_RESOLUTION | T30_SUPPORT_FINE_RESOLUTION |
                                         T30_SUPPORT_SUPERFINE_RESOLUTION | T30_SUPPORT_R8_RESOLUTION |
                                         T30_SUPPORT_R16_RESOLUTION | T30_SUPPORT_300_300_RESOLUTION |
                                         T30_SUPPORT_400_400_RESOLUTION);
  t30_set_supported_image_sizes(t30, T30_SUPPORT_215MM_WIDTH | T30_SUPPORT_255MM_WIDTH |
                                         T30_SUPPORT_303MM_WIDTH | T30_SUPPORT_UNLIMITED_LENGTH);
  fax_set_transmit_on_idle(fax_.get(), TRUE);
}

void SpandspCallee::hear(hw::Block heard) {
  fax_rx(fax_.get(), heard.data(), static_cast<int>(heard.size()));
}

void SpandspCallee::say(hw::Block& said) {
  const int made = fax_tx(fax_.get(), said.data(), static_cast<int>(said.size()));
  std::fill(said.begin() + std::clamp<int>(made, 0, static_cast<int>(said.size())), said.end(),
            std::int16_t{0});
}

bool SpandspCallee::over() const {
  return t30_call_active(fax_get_t30_state(fax_.get())) == 0;
}

unsigned SpandspCallee::pages() const {
  t30_stats_t statistics;
  t30_get_transfer_statistics(fax_get_t30_state(fax_.get()), &statistics);
  return static_cast<unsigned>(statistics.pages_rx);
}

namespace {

faxrx::Settings settings_with(const std::filesystem::path& spool) {
  for (const char* name : {"incoming", "ready", "trace"})
    std::filesystem::create_directories(spool / name);
  faxrx::Settings settings;
  settings.spool = spool;
  return settings;
}

}  // namespace

OurCallee::OurCallee(const std::filesystem::path& spool)
    : settings_(settings_with(spool)),
      served_{{nullptr, "1", "bench", 1}, {}},
      reader_(memory_),
      sink_(memory_),
      receiver_(sink_),
      keeper_(settings_, served_) {}

void OurCallee::begin() {
  good_pages_ = 0;
  sink_.now_samples = 0;
  sink_.call_begins({0, base::ShortText<32>("030987654"), base::ShortText<32>("0301234"), {}});
  receiver_.start(faxrx::receiver_settings(served_.settings));
}

void OurCallee::block(const hw::Block& heard, hw::Block& said) noexcept {
  sink_.now_samples += heard.size();
  receiver_.block(heard, said);
}

bool OurCallee::work_as_page_process() {
  bool worked = false;
  while (const auto record = reader_.get()) {
    worked = true;
    const std::optional<t30::Verdict> verdict = keeper_.take(*record);
    if (!verdict) continue;
    good_pages_ += *verdict == t30::Verdict::good ? 1 : 0;
    receiver_.verdict(*verdict);
  }
  return worked;
}

void OurCallee::end() {
  receiver_.line_dropped();
  while (receiver_.has_unsent_bytes()) {
    receiver_.pump();
    work_as_page_process();
  }
  sink_.call_ends({sink_.now_samples, faxrx::CallOutcome::completed, {}});
  work_as_page_process();
}

}  // namespace bench
