// SPDX-License-Identifier: GPL-2.0-or-later
// What the operator can say of a line's own ways, whatever carries it; each kind of line takes what concerns it.
// A line keeps a copy from its opening on.
#pragma once

#include <string>

namespace hw {

struct LineOptions {
  // Whose busy, congestion and dial tones a hang-up sounds like: libtonezone's names.
  std::string country = "us";
  bool polarity_hangup = false;     // a reversal of the line's polarity means that the caller has hung up
  bool caller_id_in_japan = false;  // taken off-hook before the ring, as NTT sends it

  bool operator==(const LineOptions&) const = default;
};

}  // namespace hw
