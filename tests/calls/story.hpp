// SPDX-License-Identifier: GPL-2.0-or-later
// A call as a text file tells it: what the called side is set to, what the caller does step by step, what must
// have come of it. README.md beside this describes the language. Made by parse_story(); data only.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/t30/capabilities.hpp"
#include "tests/calls/coded_page.hpp"
#include "tests/calls/frames.hpp"
#include "tests/calls/sounds.hpp"

namespace calls {

struct Pause {
  unsigned ms;
};
struct Play {
  Sound sound;
};
struct Meanwhile {  // over what follows
  Sound sound;
  unsigned after_ms;
};
struct Level {
  double dbm0;
};
struct Echo {  // of the called side's voice, back to it; 0 ms: none
  unsigned ms;
  double db;
};
struct Disk {
  bool full;
  unsigned slow_ms;
};
struct Send {
  std::vector<Frame> frames;
  unsigned preamble_ms;
};
struct Tcf {
  std::optional<Carrier> carrier;  // as agreed, if not said
  bool talker_echo_tone;
  unsigned ms, wrong_percent;
};
struct Agree {  // what a good caller does: DCS and TCF until CFR, three times at most
  Send send;
};
struct Image {
  std::string page;
  std::optional<Carrier> carrier;
  bool talker_echo_tone, long_training;
  Handling handling;
  unsigned long_row_ms;
  unsigned gap_ms, gap_at_percent;
  unsigned cut_percent;  // the carrier ends there; 100: it does not
};
struct Ecm {
  std::string page;
  std::optional<Carrier> carrier;
  bool talker_echo_tone, long_training;
  BlockCount count;                           // frames 0: as many as the page needs
  std::optional<std::vector<unsigned>> only;  // these frames; all if not said
  unsigned rcp;
  bool short_last;  // the last frame is as long as its data, not filled up
};
struct Deliver {  // what a good caller does: block and PPS until MCF, PPR served, RNR asked again
  Ecm ecm;
  Frame pps;
};
struct Hear {
  std::vector<std::string> names;                // one of these; empty: nothing, for all of `ms`
  bool hang_up;                                  // or the called side hangs up
  unsigned ms;                                   // within
  std::optional<std::vector<unsigned>> missing;  // what a PPR asks for
};
struct HangUp {};

using Action = std::variant<Pause, Play, Meanwhile, Level, Echo, Disk, Send, Tcf, Agree, Image, Ecm, Deliver,
                            Hear, HangUp>;
struct Step {
  unsigned line;
  Action action;
};

// What must be true when the call is over.
struct ExpectOutcome {
  std::vector<std::string> names;
};
struct ExpectPages {
  unsigned pages;
};
struct ExpectPage {
  unsigned number;                     // from 1
  std::string page;                    // equal to this one, row for row; empty: not looked at
  std::optional<unsigned> upper_part;  // only so many rows are equal, or more
  std::optional<unsigned> wrong_rows;  // all rows are there, at most so many differ
  std::vector<std::string> words;      // good, poor, bad, whole, marked, damaged
  std::optional<unsigned> repeats, is_no_repeat_of;
};
struct ExpectSaid {
  std::string name;
  unsigned least, most;
};
struct ExpectText {
  std::string what, text;  // station, sub-address, vendor
};
using Expected = std::variant<ExpectOutcome, ExpectPages, ExpectPage, ExpectSaid, ExpectText>;
struct Expectation {
  unsigned line;
  Expected expected;
};

struct Story {
  std::string file;   // as told to parse_story()
  std::string title;  // its first comment line
  t30::Settings settings;
  std::map<std::string, TestPage> pages;
  std::vector<Step> steps;
  std::vector<Expectation> expectations;
  unsigned limit_s = 300;  // the call is over by then
};

// Throws base::Failure: "FILE:LINE: what is wrong; right is …".
[[nodiscard]] Story parse_story(const std::string& file, std::string_view text);

}  // namespace calls
