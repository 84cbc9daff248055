// SPDX-License-Identifier: GPL-2.0-or-later
// What there is to say about a fax, as sentences, before it becomes text or HTML. Called by message_text.cpp.
#pragma once

#include <string>
#include <vector>

#include "src/handoff/fax_record.hpp"

namespace faxmail {

struct FaxWords {
  std::string headline;
  struct Fact {
    std::string name, sentence;
  };
  std::vector<Fact> facts;            // From, To, Received, Pages, Line, Quality
  std::vector<std::string> troubles;  // whatever is missing or hard to read; empty when all is well
};
FaxWords words_about(const handoff::FaxRecord& fax);

}  // namespace faxmail
