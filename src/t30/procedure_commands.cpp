// SPDX-License-Identifier: GPL-2.0-or-later
// What a caller's frame means here and now.
#include <algorithm>

#include "src/t30/frames.hpp"
#include "src/t30/procedure.hpp"

namespace t30 {
namespace {

// So much sound between our answer and the next command was an image, even when no modem trained on it: the echo
// of our answer is over after 600 ms, and no page with its training is shorter than this.
constexpr unsigned sound_of_an_image_blocks = 35;  // 0.7 s
// So many octets of a fast modem are no accident.
constexpr unsigned octets_of_an_image = 40;

// The first octets of NSS or NSF, in hexadecimal: T.35 country and maker.
base::ShortText<40> read_vendor(std::span<const std::uint8_t> fif) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<char, 40> text{};
  const std::size_t octets = std::min(fif.size(), text.size() / 2);
  for (std::size_t i = 0; i < octets; ++i) {
    text[2 * i] = digits[fif[i] >> 4U];
    text[2 * i + 1] = digits[fif[i] & 0x0FU];
  }
  return base::ShortText<40>(std::string_view(text.data(), 2 * octets));
}

}  // namespace

void Procedure::cng_heard() noexcept {
  if (cng_told_) return;
  cng_told_ = true;
  trace(TraceKind::cng_heard);
}

void Procedure::v21_flags() noexcept {
  flags_since_ = now_;
  sound_before_flags_ = sound_;
}

void Procedure::v21_frame(std::span<const std::uint8_t> octets) noexcept {
  // Address, control, and the facsimile control field.
  if (octets.size() < 3 || octets[0] != address_field || state_ == State::over) return;
  sink_.frame(false, octets.subspan(2));
  // We send no NSF, so it is no echo of ours; beside what it tells of its maker it is nothing to us.
  if (without_x(octets[2]) == fcf::nsf) take_identification(octets[2], octets.subspan(3));
  if (only_a_receiver_sends(octets[2])) return;
  spoken_ = true;
  progress_ = now_;
  command(octets[2], octets.subspan(3));
}

void Procedure::command(std::uint8_t field, Fif fif) noexcept {
  // While we speak only our DIS may be interrupted: the caller did not wait for it. Other commands come again.
  const std::uint8_t plain = without_x(field);
  const bool interrupts = plain == fcf::dcn || (plain == fcf::dcs && answer_ == Answer::dis);
  if (has_identification(field) || plain == fcf::nss || plain == fcf::nsc)
    return take_identification(field, fif);
  if (saying_ && !interrupts) {
    spoken_over_ = spoken_over_ || plain == fcf::pps || plain == fcf::eor || ends_page(field);
    return;
  }
  switch (plain) {
    case fcf::dcs:
      return dcs(fif);
    case fcf::dtc:
      return on(Event::polled);
    case fcf::dcn:
      return on(Event::dcn);
    case fcf::crp:
      return may_repeat_answer() ? on(Event::repeated) : void();
    case fcf::pps:
      return partial_page_sent(fif);
    case fcf::eor:
      return end_of_retransmission(fif);
    case fcf::ctc:
      return continue_to_correct(fif);
    case fcf::rr:
      return ready_question();
    default:
      if (ends_page(field)) post_message(without_interrupt(field));
  }
}

// CRP and RR ask for our last answer. After an image, or a command that we spoke over, that answer would confirm what
// it was not given for: the caller gets none, and repeats its command.
bool Procedure::may_repeat_answer() const noexcept {
  return state_ == State::answering || (!image_came() && !spoken_over_);
}

void Procedure::take_identification(std::uint8_t field, Fif fif) noexcept {
  switch (without_x(field)) {
    case fcf::tsi:
      session_.station_id = read_identification(fif);
      break;
    case fcf::sub:
      session_.sub_address = read_identification(fif);
      break;
    case fcf::pwd:
    case fcf::sid:  // before a DCS, callers send their password so (DIS bit 50 allows both)
      password_ = read_identification(fif);
      break;
    case fcf::nss:
      session_.vendor = read_vendor(fif);
      break;
    case fcf::nsf:
      if (session_.vendor.empty()) session_.vendor = read_vendor(fif);  // NSS is surely the caller's
      break;
    default:
      break;
  }
}

void Procedure::dcs(Fif fif) noexcept {
  const Dcs wanted = read_dcs(fif, settings_, with_v17_);
  if (!settings_.password.empty() && password_.view() != settings_.password.view())
    return on(Event::dcs_wrong_password);
  if (!wanted.can_be_received) return on(Event::dcs_impossible);
  if (wanted.rate_bps < settings_.min_rate_bps) return on(Event::dcs_too_slow);
  if (saying_) {
    air_.say_nothing();
    saying_ = false;
  }
  if (!wanted.was_offered) trace(TraceKind::note, 1);
  cut_page();  // before its format changes
  dcs_ = wanted;
  end_confirmed_ = false;
  // What was answered before is over: neither CRP nor a command without an image may fetch an MCF from there.
  has_last_message_ = false;
  answer_ = Answer::dis;
  tell_session();
  on(Event::dcs);
}

void Procedure::tell_session() noexcept {
  session_.modem = dcs_.modem;
  session_.rate_bps = dcs_.rate_bps;
  session_.ecm = dcs_.ecm ? 1 : 0;
  session_.coding = dcs_.coding;
  session_.width_pels = dcs_.width_pels;
  session_.x_dpi = dcs_.x_dpi;
  session_.y_dpi = dcs_.y_dpi;
  sink_.session_agreed(session_);
}

// True: the command has been dealt with. It is the one being answered, said again; or it is another one while a
// page is on its way to the disk, whose answer would be taken for that of this command: then it gets none. Another
// command while an answer waits for a quiet line is heard anew, for the same reason.
bool Procedure::is_being_answered(const PostMessage& message) noexcept {
  const bool on_its_way = state_ == State::awaiting_verdict || state_ == State::not_ready;
  const bool same_page = message.page == heard_message_.page && message.block == heard_message_.block &&
                         message.given_up == heard_message_.given_up &&
                         (message.command == fcf::null) == (heard_message_.command == fcf::null);
  if (on_its_way && same_page) last_message_.command = heard_message_.command = message.command;
  const bool again = message == heard_message_ && (on_its_way || state_ == State::answering);
  heard_message_ = again || !on_its_way ? message : heard_message_;
  if (again && state_ == State::not_ready && verdict_)
    ready_question();
  else if (again)
    on(Event::repeated);
  return again || on_its_way;
}

// An image since our last answer, understood or not: a command after it is a new one, however alike.
bool Procedure::image_came() const noexcept {
  const bool octets_came = stream_.is_open() && stream_.octets_taken() >= octets_of_an_image;
  return sound_before_flags_ >= sound_of_an_image_blocks || (dcs_.ecm ? !block_.empty() : octets_came);
}

void Procedure::post_message(std::uint8_t command) noexcept {
  const PostMessage message{command, dcs_.ecm, false, 0, 0};
  if (is_being_answered(message)) return;
  const bool page_goes_on = dcs_.ecm && stream_.is_open();  // after PPS-NULL
  if (!image_came() && has_last_message_ && !page_goes_on) {
    // After MPS and MCF some say EOP without a page between: all there is has been answered.
    last_message_.command = command;
    return on(Event::repeated);
  }
  // MPS, EOM or EOP alone although error correction was agreed: the frames say how many they are.
  if (dcs_.ecm && !(page_goes_on && block_.empty())) return block_or_page_ends(message, block_.highest());
  last_message_ = message;
  has_last_message_ = true;
  on(Event::page_ends);
}

// The counters say whether this block was confirmed before (T.30, A.4.3), unless new frames came for it.
bool Procedure::was_confirmed(const PostMessage& message) const noexcept {
  if (!has_confirmed_block_ || !(message == confirmed_block_)) return false;
  return block_.empty() ? !image_came() : block_.fingerprint() == confirmed_fingerprint_;
}

void Procedure::partial_page_sent(Fif fif) noexcept {
  if (fif.size() < 4 || !dcs_.ecm) return;  // command, page, block, frames − 1
  const std::uint8_t second = without_interrupt(second_without_x(fif[0]));
  if (second != fcf::null && !ends_page(second)) return;
  const PostMessage message{second, true, false, fif[1], fif[2]};
  if (is_being_answered(message)) return;
  if (was_confirmed(message)) {
    block_.clear();
    block_count_ = 0;
    return on(Event::repeated);
  }
  block_or_page_ends(message, fif[3] + 1U);
}

void Procedure::block_or_page_ends(const PostMessage& message, unsigned count) noexcept {
  // After PPR some count only the frames they sent again: a block never gets shorter than it was said to be, or is.
  count = std::max({count, block_count_, block_.highest()});
  block_count_ = std::min<unsigned>(count, EcmBlock::most_frames);
  const unsigned missing = block_.look_for_missing(block_count_, dcs_.ecm_frame_octets);
  trace(TraceKind::block, static_cast<std::int32_t>(block_count_), static_cast<std::int32_t>(missing));
  if (missing > 0 || block_count_ == 0) return on(Event::frames_missing);
  last_message_ = confirmed_block_ = message;
  has_last_message_ = has_confirmed_block_ = true;
  confirmed_fingerprint_ = block_.fingerprint();
  flush_block(block_count_);
  on(message.command == fcf::null ? Event::block_ends : Event::page_ends);
}

void Procedure::end_of_retransmission(Fif fif) noexcept {
  if (fif.empty() || !dcs_.ecm) return;
  const std::uint8_t second = without_interrupt(second_without_x(fif[0]));
  if (second != fcf::null && !ends_page(second)) return;
  const PostMessage message{second, true, true, 0, 0};
  if (is_being_answered(message)) return;
  if (has_last_message_ && last_message_ == message && block_.empty() && !image_came())
    return on(Event::repeated);
  last_message_ = message;
  has_last_message_ = true;
  has_confirmed_block_ = false;
  damaged_ = true;
  flush_block(std::max(block_count_, block_.highest()));
  on(second == fcf::null ? Event::block_given_up : Event::page_ends);
}

void Procedure::continue_to_correct(Fif fif) noexcept {
  const Rate rate = read_rate(fif);
  if (rate.modem == Modem::none || !dcs_.ecm) return;
  if (rate.bps < settings_.min_rate_bps) return on(Event::dcs_too_slow);
  dcs_.modem = rate.modem;
  dcs_.rate_bps = rate.bps;
  long_training_ = true;
  tell_session();
  on(Event::slower);
}

void Procedure::ready_question() noexcept {
  if (state_ == State::not_ready && verdict_) {
    const bool kept = *verdict_ != Verdict::not_stored && *verdict_ != Verdict::empty;
    return on(kept ? Event::stored : Event::not_stored);
  }
  if (state_ == State::not_ready) return on(Event::ready_question);
  if (has_last_message_ && may_repeat_answer()) on(Event::repeated);  // what came after RR was lost
}

}  // namespace t30
