// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/span/cause_words.hpp"

#include <algorithm>
#include <array>

namespace span {
namespace {

struct CauseWords {
  unsigned cause;
  const char* words;
};

constexpr std::array<CauseWords, 24> table = {{
    {1, "nobody here has that number"},
    {6, "the channel is not acceptable"},
    {16, "hung up"},
    {17, "busy"},
    {18, "no answer from the user's side"},
    {19, "not answered"},
    {21, "rejected"},
    {27, "the destination is out of order"},
    {28, "the number is not complete"},
    {31, "hung up, for a reason not told"},
    {34, "no channel is free"},
    {38, "the network is out of order"},
    {41, "a temporary failure"},
    {42, "no room for pages: the exchange may try elsewhere"},
    {44, "the channel asked for is taken"},
    {57, "the bearer is not subscribed to"},
    {58, "the bearer is not available"},
    {63, "the service is not available"},
    {65, "the bearer is not implemented"},
    {81, "the call is not known on the other side"},
    {82, "the channel does not exist on the other side"},
    {88, "a data call, and no fax"},
    {102, "a timer ran out"},
    {111, "a protocol error"},
}};

}  // namespace

const char* words_of(unsigned cause) noexcept {
  const auto* found =
      std::find_if(table.begin(), table.end(), [cause](const CauseWords& row) { return row.cause == cause; });
  return found == table.end() ? "see ITU-T Q.850" : found->words;
}

}  // namespace span
