// SPDX-License-Identifier: GPL-2.0-or-later
// Plays a story's steps to the called side: speaks, waits, checks what it hears. As fast as the machine can;
// time is counted in samples. One call, one object, one thread. README.md beside this describes the language.
#pragma once

#include <string>
#include <vector>

#include "tests/calls/story.hpp"
#include "tests/calls/wire.hpp"

namespace calls {

class ScriptedCaller {
 public:
  ScriptedCaller(const Story& story, CalledSide& called) : story_(story), called_(called), wire_(called) {}

  // Throws base::Failure "FILE:LINE: …" when the called side does not do what the story says. At the end the
  // caller hangs up.
  void run();
  // What was said and heard, with its time: a line each.
  [[nodiscard]] std::string transcript() const;
  [[nodiscard]] const Ear& ear() const noexcept { return wire_.ear(); }
  [[nodiscard]] std::uint64_t now_ms() const noexcept { return wire_.now_ms(); }

 private:
  static constexpr unsigned most_tries = 3;  // T.30, 5.4.1: a command is sent three times
  static constexpr unsigned most_pprs = 4;   // T.4, A.1.3: then CTC or EOR
  struct Note {
    std::uint64_t at_ms;
    std::string words;
  };

  void take(const Pause& pause);
  void take(const Play& play);
  void take(const Meanwhile& meanwhile);
  void take(const Level& level);
  void take(const Echo& echo);
  void take(const Disk& disk);
  void take(const Send& send);
  void take(const Tcf& tcf);
  void take(const Agree& agree);
  void take(const Image& image);
  void take(const Ecm& ecm);
  void take(const Deliver& deliver);
  void take(const Hear& hear);
  void take(const HangUp& hang_up);

  // After 75 ms of silence (T.30, 5.1: 75 ± 20 ms between signals).
  void say(const Samples& samples, std::string words);
  void wait(unsigned blocks);
  [[nodiscard]] Carrier carrier_for(const std::optional<Carrier>& said, bool talker_echo_tone,
                                    bool long_training);
  [[nodiscard]] Samples sound_of(const Image& image, const Carrier& carrier);
  [[nodiscard]] std::vector<CodedFrame> frames_of(Ecm& ecm) const;
  // The next final frame of the called side, or one of `names`; nullptr: none in time, or it hung up.
  const HeardFrame* next_frame(unsigned ms, const std::vector<std::string>& names = {});
  void wait_until_quiet();
  void hear_nothing(unsigned ms);
  void hear_hang_up(unsigned ms);
  std::vector<unsigned> missing_after(const HeardFrame& ppr) const;
  const HeardFrame* answer_to(const Send& command, unsigned repeats);

  const Story& story_;
  CalledSide& called_;
  Wire wire_;
  Agreed agreed_;
  BlockCount last_block_;
  double level_dbm0_ = -14;
  std::size_t frames_taken_ = 0;  // of the ear's
  std::vector<Note> notes_;
};

}  // namespace calls
