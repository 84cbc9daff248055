// SPDX-License-Identifier: GPL-2.0-or-later
// What stands between libpri and its D channel in the tests: it shows the Q.931 messages that pass, and puts messages
// of a story's own between libpri's, which libpri does not know of. As layer 2 numbers its frames, those that follow
// are numbered anew on their way out, and the acknowledgements on their way in (Q.921 3.5). Owned by one Network.
//
// Messages of a story's own are not sent again if they are lost: a D channel of the tests loses nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "tests/pri/message.hpp"

namespace isdn {

using Frame = std::vector<std::uint8_t>;  // from the address on, without FCS

class FrameTap {
 public:
  // A frame of libpri's on its way out, or one from the far end on its way to libpri: numbered as the other side
  // counts. Returns the Q.931 message in it, if it carries one.
  Octets out(std::span<std::uint8_t> frame);
  Octets in(std::span<std::uint8_t> frame);

  // A frame with this message for the terminal that layer 2 is up with (TEI 0 on all but point-to-multipoint).
  // Nothing while layer 2 is not up.
  std::optional<Frame> frame_with(Octets message);

 private:
  struct Link {  // of one terminal
    bool up = false;
    unsigned next = 0;                    // the number of the next frame, on the wire
    unsigned acknowledges = 0;            // N(R) that libpri sent last
    unsigned added = 0;                   // messages of the story's, acknowledged by the far end
    std::deque<unsigned> unacknowledged;  // ... and those not, by their number on the wire
  };

  [[nodiscard]] static unsigned on_the_wire(const Link& link, unsigned libpris);
  static unsigned as_libpri_counts(Link& link, unsigned wires);

  void follow(Link& link, Octets frame);

  std::map<std::uint8_t, Link> links_;  // by the address octet of their TEI
};

}  // namespace isdn
