// SPDX-License-Identifier: GPL-2.0-or-later
// A T.30 frame from the words of a story: name, fields, and what is wrong with it. README.md beside this lists
// the words. Any thread; nothing is kept.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/page/t4_page.hpp"
#include "tests/calls/fast_carrier.hpp"

namespace calls {

// What a DCS of ours or a CTC says about all that follows.
struct Agreed {
  std::optional<Carrier> carrier;
  std::optional<page::Coding> coding;
  bool ecm = false;
  unsigned ecm_frame_octets = 256;
};

struct Frame {
  std::string name;  // "DCS", "PPS-EOP"; "raw" for one that is all octets
  V21Frame line;
  std::optional<Agreed> agreed;  // of a DCS or CTC
  bool counts_itself = false;    // a PPS or EOR whose page, block and frames are not all said: as last sent
  std::optional<unsigned> page, block, frames;
};

// What PPS and EOR tell (T.4, A.4.4.1): page, block, frames − 1.
struct BlockCount {
  unsigned page = 0, block = 0, frames = 1;
};
void set_count(Frame& frame, const BlockCount& last_sent);

// `is_last`: no other frame follows in this transmission, so its final bit is set (T.30, 5.3.5). Throws
// base::Failure that says what would be right.
[[nodiscard]] Frame frame_from_words(std::span<const std::string> words, bool is_last);
// "v29/9600"; nullopt: it does not look like one. Throws base::Failure for a rate which the modem has not.
[[nodiscard]] std::optional<Carrier> carrier_from_word(const std::string& word);
[[nodiscard]] Octets octets_from_hex(const std::string& hex);
[[nodiscard]] unsigned number_from(const std::string& word);

}  // namespace calls
