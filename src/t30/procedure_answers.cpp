// SPDX-License-Identifier: GPL-2.0-or-later
// What we say, when we may say it, and where it leads.
#include <algorithm>

#include "src/modem/v21.hpp"
#include "src/t30/frames.hpp"
#include "src/t30/procedure.hpp"

namespace t30 {
namespace {

constexpr unsigned blocks_per_s = 50;

struct AnswerRow {
  Answer answer;
  std::uint8_t field;
  State then;  // any: as the command that was answered says
};
constexpr std::array answers = {
    AnswerRow{Answer::dis, fcf::dis, State::awaiting_command},
    AnswerRow{Answer::cfr, fcf::cfr, State::awaiting_image},
    AnswerRow{Answer::ftt, fcf::ftt, State::awaiting_command},
    AnswerRow{Answer::mcf, fcf::mcf, State::any},
    AnswerRow{Answer::rtp, fcf::rtp, State::awaiting_command},
    AnswerRow{Answer::rtn, fcf::rtn, State::awaiting_command},
    AnswerRow{Answer::ppr, fcf::ppr, State::awaiting_image},
    AnswerRow{Answer::ctr, fcf::ctr, State::awaiting_image},
    AnswerRow{Answer::err, fcf::err, State::any},
    AnswerRow{Answer::rnr, fcf::rnr, State::not_ready},
    AnswerRow{Answer::dcn, fcf::dcn, State::over},
};

constexpr AnswerRow row_of(Answer answer) noexcept {
  for (const AnswerRow& row : answers)
    if (row.answer == answer) return row;
  return {Answer::none, 0, State::awaiting_command};
}

// Where the line never gets quiet, and the caller does not ask again.
constexpr unsigned longest_wait_blocks = 8 * blocks_per_s;
// The caller repeats a command 3.0 s ± 15 % after it ended (T4; measured 3.45 s), and it takes about a second to
// say: an answer that begins here would meet it.
constexpr unsigned repeat_comes_blocks = 115;    // 2.3 s
constexpr unsigned repeat_is_over_blocks = 200;  // 4.0 s
// Measured: V.17 wants 28 dB above the noise, and callers are heard at −14 dBm0 or so.
constexpr float highest_noise_for_v17_dbm0 = -41;
constexpr unsigned most_rtn = 3;
// Between DCS and TCF the caller is quiet for 75 ± 20 ms: DIS and DCN in answer to a DCS wait for TCF's end.
constexpr unsigned quiet_after_dcs_blocks = 8;  // 160 ms

}  // namespace

void Procedure::answer(Answer answer) noexcept {
  stop_fast();
  answer_ = answer;
  answer_since_ = now_;
  saying_ = asked_again_ = spoken_over_ = false;
  build_frames();
}

void Procedure::answer_page() noexcept {
  if (last_message_.ecm) return answer(last_message_.given_up ? Answer::err : Answer::mcf);
  if (verdict_ == Verdict::good) return answer(Answer::mcf);
  if (verdict_ == Verdict::poor) return answer(Answer::rtp);
  if (settings_.bad_page == BadPage::mcf) return answer(Answer::mcf);
  if (settings_.bad_page == BadPage::dcn || rtn_said_ == most_rtn) return leave(Outcome::failed);
  ++rtn_said_;
  answer(Answer::rtn);
}

Frame& Procedure::add_frame(std::uint8_t field, bool last) noexcept {
  Frame& frame = frames_[std::min(frame_count_++, frames_.size() - 1)];
  frame = {};
  frame.octets[0] = address_field;
  frame.octets[1] = last ? final_control_field : control_field;
  frame.octets[2] = field;
  frame.length = 3;
  return frame;
}

void Procedure::build_frames() noexcept {
  frame_count_ = 0;
  const auto append = [](Frame& frame, Fif fif) {
    std::copy(fif.begin(), fif.end(), frame.octets.begin() + frame.length);
    frame.length = static_cast<std::uint8_t>(frame.length + fif.size());
  };
  if (answer_ == Answer::dis) {
    if (!settings_.station_id.empty())
      append(add_frame(fcf::csi, false), write_identification(settings_.station_id));
    with_v17_ = line_.floor_dbm0() <= highest_noise_for_v17_dbm0;
    const Dis dis = dis_of(settings_, with_v17_);
    return append(add_frame(fcf::dis, true), std::span(dis.fif).first(dis.length));
  }
  Frame& frame = add_frame(row_of(answer_).field, true);
  if (answer_ == Answer::ppr) append(frame, block_.missing_map(block_count_));
}

unsigned Procedure::quiet_wanted() const noexcept {
  const bool may_answer_dcs = answer_ == Answer::dcn || (answer_ == Answer::dis && phase_b_since_ != 0);
  return may_answer_dcs ? quiet_after_dcs_blocks : QuietLine::quiet_blocks;
}

// Only onto a quiet line; where it is never quiet, after the caller's next repeat of its command.
bool Procedure::may_say_now() const noexcept {
  const unsigned quiet_for = line_.quiet_for_blocks();
  const bool repeats = answer_ != Answer::dis && answer_ != Answer::cfr && answer_ != Answer::ftt;
  const bool repeat_is_due =
      repeats && quiet_for >= repeat_comes_blocks && quiet_for <= repeat_is_over_blocks;
  if (quiet_for >= quiet_wanted() && !repeat_is_due) return true;
  if (asked_again_ && now_ >= asked_again_at_ + QuietLine::quiet_blocks + 1) return true;
  return now_ - answer_since_ >= longest_wait_blocks;
}

void Procedure::look_at_answer() noexcept {
  const bool waits = (state_ == State::answering || state_ == State::disconnecting) && !saying_;
  if (waits && may_say_now()) begin_to_say();
}

void Procedure::begin_to_say() noexcept {
  trace(TraceKind::answer_held, static_cast<std::int32_t>(now_ - answer_since_) * 20);
  if (answer_ == Answer::dis) {
    trace(TraceKind::noise_floor, static_cast<std::int32_t>(line_.floor_dbm0() * 10));
    air_.set_v21_cutoff(line_.cutoff_dbm0(modem::V21Receiver::default_cutoff_dbm0));
    if (phase_b_since_ == 0) phase_b_since_ = now_;
  }
  if (answer_ == Answer::cfr) has_last_message_ = false;  // from here on a page is a new one
  saying_ = true;
  sound_ = sound_before_flags_ = 0;
  for (std::size_t i = 0; i < frame_count_; ++i)
    sink_.frame(true, frames_[i].span().subspan(2));
  air_.say_frames(std::span(frames_).first(frame_count_));
}

State Procedure::state_after_answer() const noexcept {
  const State then = row_of(answer_).then;
  if (then != State::any) return then;
  switch (last_message_.command) {
    case fcf::eop:
      return State::awaiting_end;
    case fcf::eom:
    case fcf::eos:
      return State::awaiting_command;
    default:
      return State::awaiting_image;
  }
}

}  // namespace t30
