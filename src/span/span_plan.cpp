// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/span/span_plan.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "src/base/dial_pattern.hpp"

namespace span {
namespace {

constexpr std::array<std::pair<std::string_view, SwitchType>, 7> switch_types = {
    {{"euroisdn", SwitchType::euroisdn},
     {"ni2", SwitchType::ni2},
     {"dms100", SwitchType::dms100},
     {"5ess", SwitchType::lucent5e},
     {"4ess", SwitchType::att4ess},
     {"ni1", SwitchType::ni1},
     {"qsig", SwitchType::qsig}}};

}  // namespace

Access access_of(const SpanSettings& settings, hw::isdn::SpanType type) noexcept {
  if (settings.access == "primary") return Access::primary;
  if (settings.access == "basic") return Access::basic_point_to_point;
  if (settings.access == "basic-multipoint") return Access::basic_multipoint;
  return type == hw::isdn::SpanType::bri ? Access::basic_multipoint : Access::primary;
}

SwitchType switch_type_of(const SpanSettings& settings, hw::isdn::SpanType type) noexcept {
  for (const auto& [name, switch_type] : switch_types)
    if (settings.switch_type == name) return switch_type;
  return type == hw::isdn::SpanType::t1 ? SwitchType::ni2 : SwitchType::euroisdn;
}

bool serves(const SpanSettings& settings, std::string_view called) noexcept {
  if (settings.numbers.empty()) return true;
  return std::any_of(settings.numbers.begin(), settings.numbers.end(),
                     [called](const std::string& pattern) { return base::pattern_matches(pattern, called); });
}

}  // namespace span
