// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/local_time.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace faxmail {
namespace {

constexpr std::int64_t last_second_of_9999 = 253402300799;  // beyond it a year has five digits
constexpr std::int64_t two_days_s = 2 * 86400;  // so that no time zone moves it out of the range again

}  // namespace

std::string local_time(std::int64_t unix_s, const char* format) {
  const std::time_t when = std::clamp(unix_s, two_days_s, last_second_of_9999 - two_days_s);
  std::tm fields{};
  if (::localtime_r(&when, &fields) == nullptr) return "unknown time";
  std::array<char, 128> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &fields)};
}

}  // namespace faxmail
