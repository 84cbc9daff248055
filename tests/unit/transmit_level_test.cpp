// SPDX-License-Identifier: GPL-2.0-or-later
// A line's transmit level is heard: in CED and in the frames that follow.
#include <doctest/doctest.h>

#include <array>

#include "src/modem/level.hpp"
#include "src/t30/receiver.hpp"
#include "tests/calls/memory_sink.hpp"

TEST_CASE("what we say is as loud as the line's settings want it, CED and frames") {
  for (const int level : {-30, -20, -13, -6}) {
    CAPTURE(level);
    calls::MemorySink sink;
    t30::Receiver receiver(sink);
    t30::Settings settings;
    settings.transmit_level_dbm0 = static_cast<std::int8_t>(level);
    receiver.start(settings);
    unsigned loud = 0, as_wanted = 0;
    std::array<std::int16_t, 160> said{};
    for (unsigned block = 0; block < 8 * 50; ++block) {
      receiver.block({}, said);
      const float heard = modem::level_dbm0(said);
      if (heard < -60) continue;
      ++loud;
      if (heard > static_cast<float>(level) - 1 && heard < static_cast<float>(level) + 1) ++as_wanted;
      CHECK(heard < static_cast<float>(level) + 1);
    }
    CHECK(loud > 200);             // CED alone takes 2.6 s
    CHECK(as_wanted + 10 > loud);  // but for the blocks in which a sound begins or ends
  }
}
