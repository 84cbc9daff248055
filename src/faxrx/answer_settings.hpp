// SPDX-License-Identifier: GPL-2.0-or-later
// When a line is answered, and for whom: the settings of dahdi-faxrx.conf(5) about it. For line_settings.cpp, which
// reads them, and the line's loop.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/config.hpp"

namespace faxrx {

enum class AnswerMode : std::uint8_t {
  always,
  listen,     // take the line, and go on as a fax machine when CNG is heard
  take_over,  // another telephone answers; take the line from it when CNG is heard
  never       // only log who rings
};

// Distinctive ring: one line, several numbers, told apart by how long the bell rings.
struct RingNumber {
  unsigned least_ms = 0, most_ms = 0;
  std::string called;
  bool operator==(const RingNumber&) const = default;
};

struct AnswerSettings {
  AnswerMode mode = AnswerMode::always;
  unsigned rings = 1;               // whole rings before the answer; caller ID comes in the first pause
  unsigned listen_s = 8;            // two CNG and the pause between them
  bool answer_without_cng = true;   // hand-dialled machines send none
  std::vector<std::string> refuse;  // callers' numbers, dial patterns
  std::vector<RingNumber> called_by_ring;

  // RT safe:
  [[nodiscard]] bool refuses(std::string_view caller) const noexcept;
  [[nodiscard]] std::string_view called_by(unsigned ring_ms) const noexcept;  // empty: no ring like that
  bool operator==(const AnswerSettings&) const = default;
};

void read_answer_settings(base::ConfigTable& table, AnswerSettings& settings);

}  // namespace faxrx
