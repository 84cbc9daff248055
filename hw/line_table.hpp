// SPDX-License-Identifier: GPL-2.0-or-later
// Which kinds of line there are: the only list. A line is named by what stands after -c (dahdi-faxrx(8)):
//   1-4,7                   channels of cards
//   exchange:FOLDER/1-4     lines of the software exchange, a socket each
//   trunk:FOLDER/1-30       channels of an ISDN span of the software exchange
//   wav:FILE                a recorded call
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hw/isdn/span_place.hpp"
#include "hw/line.hpp"
#include "hw/line_options.hpp"

namespace hw {

struct LineName {
  const struct LineKind* kind;
  std::string address;  // what the kind's open() gets: "7", "/run/exchange/1", "call.wav"
  std::string text;     // the whole: "7", "exchange:/run/exchange/1", "wav:call.wav"
  unsigned number = 0;  // 7, 1, and 0 where the kind has no numbers
};

struct LineKind {
  std::string prefix;     // "exchange:"; the kind with an empty one takes plain numbers
  std::string described;  // for --help
  bool numbered;          // address is a list of numbers, or FOLDER/list of numbers
  // Opens one line; `link`: to the process of the span it is a channel of (isdn/call_link.hpp), none on all others.
  // Throws base::Failure with a sentence that says what is missing and what to do.
  std::unique_ptr<Line> (*open)(const std::string& address, const LineOptions& options, base::UniqueFd link);
  // Cards are plugged in, their driver is loaded, when somebody gets round to it: a line that is not there is tried
  // again and again, also at the start. Of the other kinds, one that is not there then is a mistake.
  bool comes_and_goes;
  // The ISDN span through whose D channel this line's calls come, as it is now; nothing where they come by the line
  // itself. nullptr: so it is with the whole kind.
  std::optional<isdn::SpanPlace> (*span_of)(const std::string& address) = nullptr;
};

const std::vector<LineKind>& line_kinds();

// "exchange:/run/x/1-3" → three names. Throws base::Failure: which part is wrong and what would be right.
std::vector<LineName> parse_lines(const std::string& argument);

}  // namespace hw
