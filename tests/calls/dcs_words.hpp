// SPDX-License-Identifier: GPL-2.0-or-later
// The words by which a story says what a DCS, DTC or CTC asks for, and their bits (T.30, table 2). Used by
// frame_from_words() alone.
#pragma once

#include <string>

#include "tests/calls/frames.hpp"

namespace calls {

// A facsimile information field that grows with its highest bit. Bit 1 is the lowest of the first octet.
struct DcsBits {
  Octets fif = Octets(3);
  void set(unsigned bit);
};

// False: it is no such word.
bool take_dcs_word(DcsBits& bits, Agreed& agreed, const std::string& word);

}  // namespace calls
