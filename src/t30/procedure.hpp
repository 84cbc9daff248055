// SPDX-License-Identifier: GPL-2.0-or-later
// The T.30 procedure itself, without audio: told what the modems heard, it drives them through an Air, by the
// table of states.hpp. Time is told in blocks of 20 ms. RT safe throughout. Owned by a Receiver.
//
// What the modems tell may come at any moment of a block; the fast modem's news only take effect in block(), so
// that no modem is restarted from within its own call.
#pragma once

#include <optional>

#include "src/t30/air.hpp"
#include "src/t30/capabilities.hpp"
#include "src/t30/ecm_block.hpp"
#include "src/t30/image_check.hpp"
#include "src/t30/outcome.hpp"
#include "src/t30/page_stream.hpp"
#include "src/t30/quiet_line.hpp"
#include "src/t30/states.hpp"

namespace t30 {

// What we say after phase A.
enum class Answer : std::uint8_t { none, dis, cfr, ftt, mcf, rtp, rtn, ppr, ctr, err, rnr, dcn };

// The command that ends a page or a block of it.
struct PostMessage {
  std::uint8_t command = 0;  // MPS, EOM, EOP; fcf::null in PPS-NULL and EOR-NULL
  bool ecm = false;
  bool given_up = false;             // EOR
  std::uint8_t page = 0, block = 0;  // PPS's counters
  bool operator==(const PostMessage&) const = default;
};

// What a Procedure remembers of one call, and forgets with the next. Times in blocks since the answer.
struct CallState {
  State state_ = State::over;
  Outcome outcome_ = Outcome::none;
  std::uint64_t now_ = 0, state_since_ = 0, progress_ = 0, phase_b_since_ = 0, not_ready_since_ = 0;
  bool spoken_ = false, cng_told_ = false;

  // The answer that is being said or waits for a quiet line, to be said again, too.
  Answer answer_ = Answer::none;
  std::array<Frame, 2> frames_{};
  std::size_t frame_count_ = 0;
  std::uint64_t answer_since_ = 0, asked_again_at_ = 0;
  bool saying_ = false, asked_again_ = false;
  bool spoken_over_ = false;  // a page's or block's end came meanwhile: what was said is no answer to it

  // Of the caller and the next pages.
  Session session_;
  Dcs dcs_;
  base::ShortText<20> password_;
  unsigned impossible_ = 0, rtn_said_ = 0;
  bool with_v17_ = true;  // in the last DIS

  // V.21
  bool v21_up_ = false;
  std::uint64_t flags_since_ = 0;
  unsigned sound_before_flags_ = 0;

  // The fast modem, and what it said since the last block().
  bool fast_listens_ = false, trying_to_train_ = false, trained_ = false, carrier_lost_ = false;
  bool training_failed_ = false, long_training_ = false;
  unsigned noise_refusals_ = 0;
  std::uint16_t refused_bps_ = 0;
  std::uint64_t fast_since_ = 0, trained_at_ = 0, image_ended_ = 0;
  unsigned sound_ = 0;  // blocks with sound since our answer, or since the fast modem listens for TCF

  // Pages
  PostMessage last_message_;  // answered, or being answered
  bool has_last_message_ = false;
  PostMessage heard_message_;  // the last one, whatever became of it
  PostMessage confirmed_block_;
  std::uint64_t confirmed_fingerprint_ = 0;
  bool has_confirmed_block_ = false;
  bool damaged_ = false;        // EOR gave up some of the page
  bool end_confirmed_ = false;  // MCF to EOP, or what comes to the same, is out
  unsigned block_count_ = 0;    // frames in the block, by its last PPS
  std::uint64_t pages_closed_ = 0, verdicts_ = 0;
  std::optional<Verdict> verdict_;  // of the page closed last
};

class Procedure : private CallState {
 public:
  Procedure(PageSink& sink, Air& air) noexcept : sink_(sink), air_(air), stream_(sink) {}

  void start(const Settings& settings) noexcept;  // the line was answered
  void line_dropped() noexcept;

  // 20 ms have passed; to be called last in a block. `level_dbm0`: of what was heard.
  void block(float level_dbm0) noexcept;
  void cng_heard() noexcept;
  void v21_carrier(bool up) noexcept { v21_up_ = up; }
  void v21_flags() noexcept;
  void v21_frame(std::span<const std::uint8_t> octets) noexcept;  // from the address on; good check sequence
  void v21_bad_frame() noexcept { trace(TraceKind::bad_frame); }
  void fast_status(modem::FastStatus status, float level_dbm0) noexcept;
  void fast_octet(std::uint8_t octet) noexcept;
  void fast_frame(std::span<const std::uint8_t> octets) noexcept;
  void said() noexcept;  // what Air::say_frames() was given is out
  void verdict(Verdict verdict) noexcept;
  void pump() noexcept { stream_.pump(); }

  [[nodiscard]] bool awaits_verdict() const noexcept { return pages_closed_ > verdicts_; }
  [[nodiscard]] bool has_unsent_bytes() const noexcept { return stream_.has_unsent(); }
  [[nodiscard]] Outcome outcome() const noexcept { return state_ == State::over ? outcome_ : Outcome::none; }
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool caller_has_spoken() const noexcept { return spoken_; }
  // While an image comes in well, V.21 would only hear its noise; what looks like one may be noise itself.
  [[nodiscard]] bool wants_v21() const noexcept {
    return state_ != State::image || now_ - progress_ > longest_image_pause_blocks;
  }

 private:
  static constexpr unsigned longest_image_pause_blocks = 100;  // 2 s
  using Fif = std::span<const std::uint8_t>;

  // The table at work: procedure.cpp
  void on(Event event) noexcept;
  void enter(State state) noexcept;
  void act(Action action) noexcept;
  void leave(Outcome outcome) noexcept;
  void finish() noexcept;
  [[nodiscard]] Outcome outcome_of(Event event) const noexcept;

  // Commands: procedure_commands.cpp
  void command(std::uint8_t field, Fif fif) noexcept;
  void take_identification(std::uint8_t field, Fif fif) noexcept;
  void dcs(Fif fif) noexcept;
  void post_message(std::uint8_t command) noexcept;
  void partial_page_sent(Fif fif) noexcept;
  void end_of_retransmission(Fif fif) noexcept;
  void continue_to_correct(Fif fif) noexcept;
  void ready_question() noexcept;
  [[nodiscard]] bool may_repeat_answer() const noexcept;
  void block_or_page_ends(const PostMessage& message, unsigned count) noexcept;
  bool is_being_answered(const PostMessage& message) noexcept;
  [[nodiscard]] bool image_came() const noexcept;
  [[nodiscard]] bool was_confirmed(const PostMessage& message) const noexcept;

  // Answers: procedure_answers.cpp
  void answer(Answer answer) noexcept;
  void answer_page() noexcept;
  void look_at_answer() noexcept;
  void begin_to_say() noexcept;
  [[nodiscard]] bool may_say_now() const noexcept;
  [[nodiscard]] unsigned quiet_wanted() const noexcept;
  void build_frames() noexcept;
  Frame& add_frame(std::uint8_t field, bool last) noexcept;
  [[nodiscard]] State state_after_answer() const noexcept;

  // The fast modem and time: procedure_image.cpp
  void look_at_fast_modem() noexcept;
  void look_at_timers() noexcept;
  [[nodiscard]] unsigned limit_blocks() const noexcept;
  [[nodiscard]] bool timer_is_held() const noexcept;
  void look_at_training() noexcept;
  void judge_training() noexcept;
  bool is_refused_for_noise() noexcept;
  void listen_fast(bool for_image) noexcept;
  void stop_fast() noexcept;
  void open_page() noexcept;
  void close_page(bool complete) noexcept;
  void cut_page() noexcept;
  void flush_block(unsigned count) noexcept;
  void tell_session() noexcept;
  void trace(TraceKind kind, std::int32_t first = 0, std::int32_t second = 0,
             std::int32_t third = 0) noexcept {
    sink_.trace({kind, first, second, third});
  }

  PageSink& sink_;
  Air& air_;
  PageStream stream_;
  EcmBlock block_;
  QuietLine line_;
  TrainingCheck training_;
  RowClock row_;
  Settings settings_;
};

}  // namespace t30
