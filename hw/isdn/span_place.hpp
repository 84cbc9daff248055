// SPDX-License-Identifier: GPL-2.0-or-later
// Where an ISDN line belongs: its span, the span's D channel, and its place among the span's channels. Found by the
// line's kind (line_table.hpp) for the supervisor, who starts a span's process.
#pragma once

#include <memory>
#include <string>

#include "hw/isdn/d_channel.hpp"

namespace hw::isdn {

enum class SpanType : std::uint8_t { e1, t1, bri };

struct SpanPlace {
  std::string span;  // as settings and logs name it: "1", "trunk:/run/x"
  SpanType type = SpanType::e1;
  unsigned timeslot = 0;  // of the line, from 1
  std::string d_channel;  // what open() gets
  // Throws base::Failure with a sentence that says what is missing and what to do.
  std::unique_ptr<DChannel> (*open)(const std::string& d_channel) = nullptr;
};

}  // namespace hw::isdn
