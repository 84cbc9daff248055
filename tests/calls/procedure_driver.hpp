// SPDX-License-Identifier: GPL-2.0-or-later
// Drives a t30::Procedure by a string of octets, as a hostile line would: frames good and bad, carriers, training,
// image octets, silence and noise, verdicts and a full ring in any order. It checks what must hold whatever comes:
// a page is confirmed only when its verdict has come, every frame said is a frame, and when the line falls silent
// (or is noise for ever) the call ends by time. For the fuzzer and for a test with random octets.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>

#include "src/t30/frames.hpp"
#include "src/t30/procedure.hpp"

namespace calls {

class ProcedureDriver final : public t30::PageSink, public t30::Air {
 public:
  explicit ProcedureDriver(const t30::Settings& settings)
      : procedure_(std::make_unique<t30::Procedure>(*this, *this)) {
    procedure_->start(settings);
  }

  void run(std::span<const std::uint8_t> octets) {
    input_ = octets;
    while (!input_.empty() && procedure_->outcome() == t30::Outcome::none)
      step();
    // Whatever state that left: silence ends it, and so does noise.
    const float level = noisy_ ? -30.0F : -90.0F;
    for (unsigned n = 0; n < longest_rest_blocks && procedure_->outcome() == t30::Outcome::none; ++n)
      pass_block(level);
    require(procedure_->outcome() != t30::Outcome::none, "the call never ends");
    procedure_->line_dropped();
  }

  [[nodiscard]] unsigned pages_answered() const noexcept { return pages_answered_; }

 private:
  // No progress for a minute, T1 and a goodbye.
  static constexpr unsigned longest_rest_blocks = 50 * 180;

  static void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "a rule is broken: %s\n", what);
    std::abort();
  }

  std::uint8_t next() {
    if (input_.empty()) return 0;
    const std::uint8_t octet = input_[0];
    input_ = input_.subspan(1);
    return octet;
  }

  void pass_block(float level_dbm0) {
    procedure_->block(level_dbm0);
    if (saying_blocks_ > 0 && --saying_blocks_ == 0) procedure_->said();
  }

  void step() {
    const std::uint8_t what = next();
    switch (what % 16) {
      case 0:
      case 1:
      case 2:
        return v21_frame();
      case 3:
        return procedure_->v21_bad_frame();
      case 4:
        procedure_->v21_carrier((what & 0x10U) != 0);
        if ((what & 0x20U) != 0) procedure_->v21_flags();
        return;
      case 5:
        if (listens_) procedure_->fast_status(static_cast<modem::FastStatus>((what >> 4U) % 4), -14);
        return;
      case 6:
      case 7:
        return image_octets(next() * 8U, (what & 0x10U) == 0);
      case 8:
      case 9:
        return fast_frame();
      case 10:
        noisy_ = (what & 0x10U) != 0;
        return;
      case 11:
        return give_verdict(static_cast<t30::Verdict>(1 + (what >> 4U) % 5));
      case 12:
        refuses_ = (what & 0x10U) != 0;
        return;
      case 13:
        return pass_blocks(next() * 10U);
      case 14:
        return pass_blocks(5);
      default:
        return ecm_block(next());
    }
  }

  void pass_blocks(unsigned count) {
    for (unsigned n = 0; n < count; ++n)
      pass_block(noisy_ ? -30.0F : -90.0F);
  }

  void v21_frame() {
    std::array<std::uint8_t, 400> octets{t30::address_field, t30::final_control_field};
    std::size_t length = 2;
    const std::size_t wanted = 2U + next();
    while (length < wanted && length < octets.size() && !input_.empty())
      octets[length++] = next();
    procedure_->v21_flags();
    procedure_->v21_frame(std::span(octets).first(length));
  }

  // `ends_of_line`: one every 32 octets.
  void image_octets(unsigned count, bool ends_of_line) {
    const std::uint8_t octet = next();
    for (unsigned n = 0; listens_ && n < count; ++n)
      procedure_->fast_octet(!ends_of_line || n % 32 > 1 ? octet : n % 32 == 0 ? 0 : 0x10);
  }

  void fast_frame() {
    std::array<std::uint8_t, 300> octets{t30::address_field, t30::control_field};
    const std::size_t length = 2U + next();
    for (std::size_t i = 2; i < length; ++i)
      octets[i] = next();
    if (listens_) procedure_->fast_frame(std::span(octets).first(length));
  }

  void ecm_block(unsigned frames) {
    std::array<std::uint8_t, 260> octets{t30::address_field, t30::control_field, t30::fcf::fcd};
    octets.back() = next();
    for (unsigned n = 0; listens_ && n < frames; ++n) {
      octets[3] = static_cast<std::uint8_t>(n);
      procedure_->fast_frame(octets);
    }
  }

  void give_verdict(t30::Verdict verdict) {
    if (ends_ == verdicts_) return;
    ++verdicts_;
    stored_ = verdict != t30::Verdict::not_stored && verdict != t30::Verdict::empty;
    procedure_->verdict(verdict);
  }

  // PageSink
  bool begin_page(const t30::PageFormat& format) noexcept override {
    require(format.width_pels >= 1728 && format.width_pels <= 4864, "a page has a width that T.4 does not");
    if (refuses_) return false;
    require(!open_, "a page begins in a page");
    octets_ = 0;
    return open_ = true;
  }
  std::size_t page_bytes(std::span<const std::uint8_t> bytes) noexcept override {
    require(open_, "octets outside a page");
    octets_ += refuses_ ? 0 : bytes.size();
    return refuses_ ? bytes.size() / 2 : bytes.size();
  }
  bool page_hole() noexcept override {
    require(open_, "a hole outside a page");
    return !refuses_;
  }
  bool end_page(const t30::PageEnd&) noexcept override {
    require(open_, "a page ends that did not begin");
    if (refuses_) return false;
    open_ = false;
    ++ends_;
    return true;
  }
  void session_agreed(const t30::Session& session) noexcept override {
    require(session.width_pels != 0 && session.rate_bps != 0, "an agreement on nothing");
  }
  void frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept override {
    const std::uint8_t field = t30::without_x(octets[0]);
    if (!said_by_us) return follow_command(field, octets.subspan(1));
    const bool answers_page =
        field == t30::fcf::mcf || field == t30::fcf::rtp || field == t30::fcf::rtn || field == t30::fcf::err;
    if (!answers_page || block_only_) return;
    require(ends_ > 0 && verdicts_ == ends_ && stored_, "a page is answered that is not stored");
    require(!open_ || octets_ < 40, "a page is answered whose end was never sent");
    ++pages_answered_;
  }
  // MCF and ERR to PPS-NULL and EOR-NULL confirm a block, not a page. A PPS or EOR with nonsense in it is no command.
  void follow_command(std::uint8_t field, std::span<const std::uint8_t> fif) noexcept {
    if (t30::ends_page(field)) block_only_ = false;
    if ((field != t30::fcf::pps || fif.size() < 4) && (field != t30::fcf::eor || fif.empty())) return;
    const std::uint8_t second = t30::without_interrupt(t30::second_without_x(fif[0]));
    if (second == t30::fcf::null || t30::ends_page(second)) block_only_ = second == t30::fcf::null;
  }
  void trace(const t30::Trace&) noexcept override {}

  // Air
  void say_ced(bool) noexcept override {}
  void say_frames(std::span<const t30::Frame> frames) noexcept override {
    for (const t30::Frame& frame : frames)
      require(frame.length >= 3 && frame.length <= frame.octets.size(), "a frame without a field");
    saying_blocks_ = 60;
  }
  void say_nothing() noexcept override { saying_blocks_ = 0; }
  void listen_fast(const modem::FastMode& mode) noexcept override {
    require(mode.modem != modem::FastModem::none && mode.bps >= 2400, "listening to no modem");
    listens_ = true;
  }
  void stop_fast() noexcept override { listens_ = false; }
  [[nodiscard]] std::optional<float> fast_snr_db() const noexcept override { return noisy_ ? 12.0F : 30.0F; }
  void set_v21_cutoff(float) noexcept override {}

  std::unique_ptr<t30::Procedure> procedure_;
  std::span<const std::uint8_t> input_;
  unsigned saying_blocks_ = 0, ends_ = 0, verdicts_ = 0, pages_answered_ = 0;
  std::size_t octets_ = 0;  // of the open page
  bool block_only_ = false, listens_ = false, noisy_ = false, refuses_ = false, open_ = false,
       stored_ = false;
};

}  // namespace calls
