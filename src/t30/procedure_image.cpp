// SPDX-License-Identifier: GPL-2.0-or-later
// The fast modem's news, pages on their way out, and every state's time.
#include <cmath>

#include "src/t30/clean_rows.hpp"
#include "src/t30/frames.hpp"
#include "src/t30/procedure.hpp"

namespace t30 {
namespace {

constexpr unsigned blocks_per_s = 50;

constexpr unsigned t1_blocks = 35 * blocks_per_s;
constexpr unsigned t2_blocks = 6 * blocks_per_s;
constexpr unsigned dis_every_blocks = 3 * blocks_per_s;
constexpr unsigned t5_blocks = 60 * blocks_per_s;
constexpr unsigned flags_to_frame_blocks = 3 * blocks_per_s;
constexpr unsigned not_ready_after_blocks = 75;  // 1.5 s: well below the caller's T4
constexpr unsigned longest_goodbye_blocks = 8 * blocks_per_s;

// TCF follows DCS after 75 ms (5.3.2); V.21's carrier is down by then, or never on a noisy line.
constexpr unsigned v21_is_over_blocks = 5;
// TCF lasts 1.5 s ± 10 %; where the carrier's end is not heard, it is judged here.
constexpr unsigned training_check_blocks = 2 * blocks_per_s;
// Of sound after DCS: that was TCF, trained or not.
constexpr unsigned sound_of_training_blocks = blocks_per_s;

constexpr unsigned most_noise_refusals = 2;  // of the same rate, one after the other

constexpr float usual_cutoff_dbm0 = -45.5F;

}  // namespace

void Procedure::listen_fast(bool for_image) noexcept {
  modem::FastMode mode;
  mode.modem = dcs_.modem;
  mode.bps = dcs_.rate_bps;
  mode.short_training = for_image && dcs_.modem == Modem::v17 && !long_training_;
  mode.hdlc = for_image && dcs_.ecm;
  mode.measures_snr = !for_image;
  mode.cutoff_dbm0 = line_.cutoff_dbm0(usual_cutoff_dbm0);
  mode.short_cutoff_dbm0 = line_.cutoff_dbm0(mode.short_cutoff_dbm0);
  trying_to_train_ = trained_ = carrier_lost_ = false;
  fast_listens_ = true;
  fast_since_ = now_;
  training_.begin(dcs_.rate_bps, dcs_.ecm);
  row_.begin(dcs_.rate_bps);
  air_.listen_fast(mode);
}

void Procedure::stop_fast() noexcept {
  if (fast_listens_) air_.stop_fast();
  fast_listens_ = trying_to_train_ = trained_ = carrier_lost_ = false;
}

void Procedure::fast_status(modem::FastStatus status, float level_dbm0) noexcept {
  const auto told = [this](TraceKind kind) {
    trace(kind, static_cast<std::int32_t>(dcs_.modem), dcs_.rate_bps);
  };
  switch (status) {
    case modem::FastStatus::training:
      trying_to_train_ = true;
      return told(TraceKind::training);
    case modem::FastStatus::trained:
      trained_ = true;
      trained_at_ = now_;
      if (state_ == State::awaiting_image && !dcs_.ecm) open_page();
      return told(TraceKind::trained);
    case modem::FastStatus::training_failed:
      trying_to_train_ = false;
      training_failed_ = true;
      return told(TraceKind::training_failed);
    case modem::FastStatus::carrier_lost:
      trying_to_train_ = false;
      carrier_lost_ = true;
      return trace(TraceKind::carrier_lost, static_cast<std::int32_t>(level_dbm0 * 10));
  }
}

void Procedure::fast_octet(std::uint8_t octet) noexcept {
  if (state_ == State::training) return training_.octet(octet);
  if (!trained_ || row_.row_too_long() || row_.image_is_over()) return;
  stream_.octet(octet);
  if (row_.octet(octet)) progress_ = now_;
}

void Procedure::fast_frame(std::span<const std::uint8_t> octets) noexcept {
  if (octets.size() < 3 || octets[0] != address_field || !trained_) return;
  const std::uint8_t field = octets[2];
  if (field == fcf::rcp) {
    carrier_lost_ = true;  // returned to control (T.4, annex A): nothing of value follows
  } else if (field == fcf::fcd && octets.size() > 3) {
    if (block_.take(octets[3], octets.subspan(4), dcs_.ecm_frame_octets)) progress_ = now_;
  }
}

void Procedure::look_at_fast_modem() noexcept {
  if (state_ == State::training) return look_at_training();
  if (state_ == State::awaiting_image && trained_) on(Event::image_begins);
  if (state_ != State::image) return;
  if (row_.row_too_long()) {
    on(Event::row_too_long);
  } else if (carrier_lost_ || row_.image_is_over()) {
    image_ended_ = now_;
    stop_fast();
    on(Event::image_ends);
  }
}

void Procedure::look_at_training() noexcept {
  if (!fast_listens_) {
    if (!v21_up_ || now_ - fast_since_ >= v21_is_over_blocks) listen_fast(false);
    return;
  }
  if (trained_ && (carrier_lost_ || now_ - trained_at_ >= training_check_blocks)) return judge_training();
  const bool was_there = training_failed_ || sound_ >= sound_of_training_blocks;
  const bool over = line_.is_quiet() && now_ - fast_since_ >= sound_of_training_blocks;
  if (!trained_ && was_there && over) on(Event::training_bad);
}

void Procedure::judge_training() noexcept {
  trace(TraceKind::tcf, static_cast<std::int32_t>(training_.octets()),
        static_cast<std::int32_t>(training_.longest_ms()),
        static_cast<std::int32_t>(training_.wrong_permille()));
  const bool allowed = dcs_.rate_bps <= settings_.max_rate_bps;
  const bool good = allowed && training_.good() && !is_refused_for_noise();
  on(good ? Event::training_good : Event::training_bad);
}

// A caller that offers the same rate over and over again may have no other: it gets its rows as they come.
bool Procedure::is_refused_for_noise() noexcept {
  const auto snr_db = air_.fast_snr_db();
  if (!snr_db) return false;
  trace(TraceKind::tcf_snr, static_cast<std::int32_t>(std::lround(*snr_db * 10)));
  const NoisyRate* noisy = find_noisy_rate(dcs_.modem, dcs_.rate_bps);
  if (noisy == nullptr || *snr_db >= noisy->least_for(dcs_.ecm) || noisy->next_bps < settings_.min_rate_bps)
    return false;
  if (refused_bps_ != dcs_.rate_bps) noise_refusals_ = 0;
  refused_bps_ = dcs_.rate_bps;
  return ++noise_refusals_ <= most_noise_refusals;
}

void Procedure::open_page() noexcept {
  if (stream_.is_open()) return;
  damaged_ = false;
  verdict_.reset();
  const PageFormat format{dcs_.width_pels, dcs_.x_dpi, dcs_.y_dpi, dcs_.coding,
                          static_cast<std::uint8_t>(dcs_.ecm ? 1 : 0)};
  stream_.open(format);
  trace(TraceKind::page_begins, dcs_.width_pels, dcs_.y_dpi);
}

void Procedure::flush_block(unsigned count) noexcept {
  const bool given_up = damaged_;
  open_page();
  damaged_ = given_up || damaged_;
  bool in_hole = false;
  for (unsigned i = 0; i < count; ++i) {
    if (block_.has(i))
      stream_.octets(block_.frame(i));
    else if (!in_hole)
      stream_.hole();
    in_hole = !block_.has(i);
  }
  block_.clear();
  block_count_ = 0;
  sound_ = sound_before_flags_ = 0;  // that image has been told
}

void Procedure::close_page(bool complete) noexcept {
  if (!stream_.is_open()) {
    // A command that ends a page, and no page: as good as an empty one.
    verdict_ = Verdict::empty;
    return on(Event::not_stored);
  }
  sound_ = sound_before_flags_ = 0;
  trace(TraceKind::page_sent, static_cast<std::int32_t>(stream_.octets_taken()));
  PageEnd end{};
  end.complete = complete ? 1 : 0;
  end.damaged = damaged_ ? 1 : 0;
  if (image_ended_ != 0) end.command_after_ms = static_cast<std::uint32_t>(now_ - image_ended_) * 20;
  image_ended_ = 0;
  damaged_ = false;
  verdict_.reset();  // an earlier page's may have come since this one began
  if (stream_.close(end)) {
    ++pages_closed_;
  } else {
    verdict_ = Verdict::not_stored;
    on(Event::not_stored);
  }
}

// What there is of a page whose end will not come.
void Procedure::cut_page() noexcept {
  if (!block_.empty() && !(has_confirmed_block_ && block_.fingerprint() == confirmed_fingerprint_))
    flush_block(block_.highest());
  block_.clear();
  block_count_ = 0;
  if (stream_.is_open()) close_page(false);
}

// Each state's end by time; 0 = it has none of its own.
unsigned Procedure::limit_blocks() const noexcept {
  switch (state_) {
    case State::silence_before_ced:
      return 2 * blocks_per_s;
    case State::ced:
      return 3 * blocks_per_s;
    case State::silence_after_ced:
      return 3;  // and a block until we speak: 80 ms
    case State::awaiting_command:
      return answer_ == Answer::dis ? dis_every_blocks : t2_blocks;
    case State::training:
    case State::awaiting_image:
    case State::awaiting_post_message:
    case State::awaiting_end:
      return t2_blocks;
    case State::awaiting_verdict:
      return last_message_.ecm ? not_ready_after_blocks : 0;
    case State::disconnecting:
      return longest_goodbye_blocks;
    default:
      return 0;
  }
}

// While the caller speaks, T2 and the like have not begun.
bool Procedure::timer_is_held() const noexcept {
  switch (state_) {
    case State::awaiting_command:
      return v21_up_ && flags_since_ != 0 && now_ - flags_since_ < flags_to_frame_blocks;
    case State::training:
      return trying_to_train_ || trained_;
    case State::awaiting_image:
    case State::awaiting_post_message:
    case State::awaiting_end:
      return line_.has_sound();
    case State::disconnecting:
      return saying_;
    default:
      return false;
  }
}

void Procedure::look_at_timers() noexcept {
  if (timer_is_held()) state_since_ = now_;
  const bool in_phase_b =
      state_ == State::awaiting_command || (state_ == State::answering && answer_ == Answer::dis && !saying_);
  const bool t1 = in_phase_b && phase_b_since_ != 0 && now_ - phase_b_since_ >= t1_blocks;
  const bool t5 = not_ready_since_ != 0 && now_ - not_ready_since_ >= t5_blocks &&
                  (state_ == State::not_ready || state_ == State::answering);
  const bool no_progress = state_ != State::disconnecting &&
                           now_ - progress_ >= settings_.no_progress_s * std::uint64_t{blocks_per_s};
  if (t1 || t5 || no_progress) return on(Event::out_of_time);
  const unsigned limit = limit_blocks();
  if (limit != 0 && now_ - state_since_ >= limit) on(Event::timer);
}

}  // namespace t30
