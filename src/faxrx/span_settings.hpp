// SPDX-License-Identifier: GPL-2.0-or-later
// The settings of ISDN spans: [signalling] for all of them, and over it [[span]] for some. For settings.cpp, which reads
// them, and Spans.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/base/config.hpp"
#include "src/span/span_plan.hpp"

namespace faxrx {

struct SignallingSettings {
  struct Table {
    std::vector<std::string> spans;
    span::SpanSettings settings;
  };
  span::SpanSettings general;
  std::vector<Table> tables;

  // Of two tables for one span the later one holds.
  [[nodiscard]] const span::SpanSettings& of(std::string_view span) const noexcept;
};

void read_signalling_settings(base::ConfigTable& root, SignallingSettings& settings);

}  // namespace faxrx
