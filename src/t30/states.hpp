// SPDX-License-Identifier: GPL-2.0-or-later
// The receiving side of T.30 as a table: in which state what is heard, what is done, where it goes. To be read
// beside the Recommendation's flow diagrams (figures 5-1 and 5-2; with error correction A.5 and A.6): a frame
// has been given its meaning before it comes here, so the same octets are `page_ends` once and `repeated`
// later. What a state does not list is looked for under `any`; what is not there either is ignored.
//
// Every state but `over` has an end by time: its timer, and above it no_progress.
#pragma once

#include <array>
#include <cstdint>

namespace t30 {

enum class State : std::uint8_t {
  silence_before_ced,  // phase A
  ced,
  silence_after_ced,
  awaiting_command,  // phase B: DIS is out, or FTT, RTN, RTP, or MCF to EOM
  training,          // TCF
  awaiting_image,    // phase C: the fast modem and V.21 are both heard
  image,
  awaiting_post_message,  // phase D
  awaiting_verdict,       // the page is on its way to the disk
  not_ready,              // RNR is out (T.30, A.4.4)
  answering,              // an answer waits for a quiet line, or is going out
  awaiting_end,           // MCF to EOP is out
  disconnecting,          // DCN is going out
  over,
  any
};

enum class Event : std::uint8_t {
  timer,  // of the state
  said,   // what was to be said is out
  dcs,    // that can be received
  dcs_impossible,
  dcs_too_slow,  // below min_rate
  dcs_wrong_password,
  polled,          // DTC: there is nothing to poll
  page_ends,       // MPS, EOM, EOP, their PRI forms; PPS with them and no frame missing; EOR with them
  block_ends,      // PPS-NULL, no frame missing
  frames_missing,  // PPS
  block_given_up,  // EOR-NULL
  slower,          // CTC
  repeated,        // a command that was answered, no image since; CRP
  ready_question,  // RR
  dcn,
  training_good,
  training_bad,
  image_begins,
  image_ends,  // the carrier is gone
  row_too_long,
  stored,      // verdict: the page is on disk
  not_stored,  // or was empty
  out_of_time  // T1, T5, or no progress
};

enum class Action : std::uint8_t {
  none,
  begin_ced,
  end_ced,
  say_dis,
  say_dis_again,  // the caller asked for what we cannot: three times, then DCN
  listen_for_training,
  answer_training,  // CFR
  refuse_training,  // FTT
  begin_image,
  end_page,        // to the disk
  end_block,       // MCF to PPS-NULL confirms a block, not a page
  ask_for_frames,  // PPR
  give_up_block,   // ERR
  change_rate,     // CTR
  answer_page,     // MCF, RTP, RTN by the verdict; ERR after EOR
  say_again,       // the last answer
  note_repeat,     // the answer waits for a quiet line no longer
  say_not_ready,   // RNR
  refuse_page,     // DCN: it is not on disk
  cut_and_leave,   // what there is of a page is kept; DCN
  leave,           // DCN
  finish
};

struct Row {
  State in;
  Event on;
  Action action;
  State to;
  const char* clause;  // of T.30 where nothing else is named
};

inline constexpr std::array table = {
    // Phase A (4.3.3)
    Row{State::silence_before_ced, Event::timer, Action::begin_ced, State::ced, "4.3.3: 1.8 to 2.5 s"},
    Row{State::ced, Event::timer, Action::end_ced, State::silence_after_ced, "4.3.3: 2.6 to 4.0 s"},
    Row{State::silence_after_ced, Event::timer, Action::say_dis, State::answering, "4.3.3.1: 75 ms"},
    // Phase B
    Row{State::awaiting_command, Event::timer, Action::say_dis, State::answering,
        "5.4.3.1: DIS every 3 s, T2"},
    Row{State::any, Event::dcs, Action::listen_for_training, State::training, "5.3.2"},
    Row{State::any, Event::dcs_impossible, Action::say_dis_again, State::answering, "5.3.6.1.1"},
    Row{State::any, Event::dcs_too_slow, Action::leave, State::disconnecting, "min_rate"},
    Row{State::any, Event::dcs_wrong_password, Action::leave, State::disconnecting, "5.3.6.1.2 PWD"},
    Row{State::any, Event::polled, Action::leave, State::disconnecting, "5.3.6.1.2 DTC"},
    Row{State::training, Event::training_good, Action::answer_training, State::answering, "5.3.2 CFR"},
    Row{State::training, Event::training_bad, Action::refuse_training, State::answering, "5.3.2 FTT"},
    Row{State::training, Event::timer, Action::none, State::awaiting_command, "5.4.3.1: DCS comes again"},
    // Phase C
    Row{State::awaiting_image, Event::image_begins, Action::begin_image, State::image, "5.2"},
    Row{State::awaiting_image, Event::timer, Action::cut_and_leave, State::disconnecting, "5.4.3.1: T2"},
    Row{State::awaiting_image, Event::page_ends, Action::end_page, State::awaiting_verdict, "5.3.6.1.6"},
    Row{State::image, Event::image_ends, Action::none, State::awaiting_post_message, "5.2"},
    Row{State::image, Event::row_too_long, Action::cut_and_leave, State::disconnecting, "T.4, 2.2: 5 s"},
    Row{State::image, Event::page_ends, Action::end_page, State::awaiting_verdict, "5.3.6.1.6"},
    // Phase D
    Row{State::awaiting_post_message, Event::page_ends, Action::end_page, State::awaiting_verdict,
        "5.3.6.1.6"},
    Row{State::awaiting_post_message, Event::timer, Action::cut_and_leave, State::disconnecting,
        "5.4.3.1: T2"},
    Row{State::awaiting_verdict, Event::stored, Action::answer_page, State::answering, "5.3.6.1.7: on disk"},
    Row{State::awaiting_verdict, Event::not_stored, Action::refuse_page, State::disconnecting, "never MCF"},
    Row{State::awaiting_verdict, Event::timer, Action::say_not_ready, State::answering, "A.4.4: RNR"},
    Row{State::awaiting_verdict, Event::repeated, Action::none, State::awaiting_verdict,
        "5.4.3.2: T4 of the caller"},
    Row{State::not_ready, Event::ready_question, Action::say_not_ready, State::answering, "A.4.4: RR"},
    Row{State::not_ready, Event::repeated, Action::say_not_ready, State::answering, "A.4.4"},
    Row{State::not_ready, Event::stored, Action::answer_page, State::answering, "A.4.4: the RR came before"},
    Row{State::not_ready, Event::not_stored, Action::refuse_page, State::disconnecting, "never MCF"},
    Row{State::awaiting_end, Event::timer, Action::finish, State::over, "5.4.3.1: T2; hang-up without DCN"},
    // Error correction (annex A); a PPS may come with or without an image before it
    Row{State::any, Event::block_ends, Action::end_block, State::answering, "A.4.3 PPS-NULL"},
    Row{State::any, Event::frames_missing, Action::ask_for_frames, State::answering, "A.4.4 PPR"},
    Row{State::any, Event::block_given_up, Action::give_up_block, State::answering, "A.4.3 EOR-NULL"},
    Row{State::any, Event::slower, Action::change_rate, State::answering, "A.4.3 CTC"},
    // Answers
    Row{State::answering, Event::page_ends, Action::end_page, State::awaiting_verdict, "of a block, unheard"},
    Row{State::answering, Event::repeated, Action::note_repeat, State::answering, "5.4.3.2"},
    Row{State::any, Event::repeated, Action::say_again, State::answering, "5.4.3.2, note 6"},
    // Phase E
    Row{State::disconnecting, Event::said, Action::finish, State::over, "5.3.6.1.8"},
    Row{State::disconnecting, Event::timer, Action::finish, State::over, "the line is never quiet"},
    Row{State::any, Event::dcn, Action::finish, State::over, "5.3.6.1.8"},
    Row{State::any, Event::out_of_time, Action::cut_and_leave, State::disconnecting, "5.4.3.1: T1, T5"},
};

constexpr const Row* find_row(State state, Event event) noexcept {
  // Who says DCN hears nothing but DCN.
  const bool leaving = state == State::over || state == State::disconnecting;
  const Row* in_any = nullptr;
  for (const Row& row : table) {
    if (row.on != event) continue;
    if (row.in == state) return &row;
    if (row.in == State::any) in_any = &row;
  }
  return leaving && event != Event::dcn ? nullptr : in_any;
}

[[nodiscard]] const char* name_of(State state) noexcept;

}  // namespace t30
