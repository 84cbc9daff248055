// SPDX-License-Identifier: GPL-2.0-or-later
// One line in `dahdi-faxrx status`: what the supervisor knows of its processes, and what its line process shows of
// itself. The latter listens to strangers: here texts become printable and numbers bounded, whatever it shows.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "src/faxrx/line_status.hpp"

namespace faxrx {

enum class LineProcess {
  starting,
  open,
  cannot_open,  // tried again and again
  restarting,   // it died a moment ago
  over          // a recording that was received
};

struct LineView {
  std::string line;
  LineProcess process = LineProcess::starting;
  std::string why;              // cannot_open: a sentence
  bool blocked = false;         // by the operator
  bool ends_when_idle = false;  // the service stops, the line is no longer configured, or has new settings
  std::optional<LineStatus> shown;
};

// As dahdi-faxrx-control(5) has it.
[[nodiscard]] const char* state_of(const LineView& view) noexcept;
[[nodiscard]] bool in_a_call(const LineView& view) noexcept;
[[nodiscard]] nlohmann::ordered_json to_json(const LineView& view);

}  // namespace faxrx
