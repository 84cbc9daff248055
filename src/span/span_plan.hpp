// SPDX-License-Identifier: GPL-2.0-or-later
// What a span process is started with: the span's own settings (dahdi-faxrx.conf(5), [signalling] and [[span]]), and
// what the driver says of the span. Its channels come later, by the supervisor's socket (span_words.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hw/isdn/span_place.hpp"

namespace span {

enum class Access : std::uint8_t { primary, basic_point_to_point, basic_multipoint };

// libpri's, by its names in configurations.
enum class SwitchType : std::uint8_t { euroisdn, ni2, dms100, lucent5e, att4ess, ni1, qsig };

struct SpanSettings {
  std::string access = "auto";       // primary on E1 and T1, basic-multipoint on BRI
  std::string switch_type = "auto";  // euroisdn on E1 and BRI, ni2 on T1
  std::vector<std::string> numbers;  // numbers and dial patterns that are served; empty: every one
  std::string unknown_number = "refuse";
  unsigned overlap_digits = 0;  // the longest number dialled digit by digit; 0: numbers come whole
  unsigned overlap_timeout_s = 5;
  bool restart_channels = true;  // idle ones, of which the process that begins knows nothing

  bool operator==(const SpanSettings&) const = default;
};

[[nodiscard]] Access access_of(const SpanSettings& settings, hw::isdn::SpanType type) noexcept;
[[nodiscard]] SwitchType switch_type_of(const SpanSettings& settings, hw::isdn::SpanType type) noexcept;
// Whether calls to this number are ours.
[[nodiscard]] bool serves(const SpanSettings& settings, std::string_view called) noexcept;

}  // namespace span
