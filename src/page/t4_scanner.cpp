// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/t4_scanner.hpp"

#include <bit>

namespace page {
namespace {

constexpr std::size_t zeros_in_eol = 11;  // and a one (T.4, 4.1.2); more zeros are fill (4.1.3)

}  // namespace

// No code words side by side make eleven zeros. Zeros within one octet are too few for an EOL, so only those that
// cross into the next one count. Zeros on both sides of a hole were never together.
bool LineScanner::find_one_after_zeros() noexcept {
  for (; at_ < bytes_.size(); ++at_) {
    while (!holes_.empty() && holes_.front() <= at_) {
      hole_seen_ = true;
      zero_run_ = 0;
      holes_ = holes_.subspan(1);
    }
    const std::uint8_t octet = bytes_[at_];
    if (octet == 0) {
      zero_run_ += 8;
      continue;
    }
    const auto low_zeros = static_cast<std::size_t>(std::countr_zero(octet));
    const std::size_t run = zero_run_ + low_zeros;
    zero_run_ = static_cast<std::size_t>(std::countl_zero(octet));
    if (run < zeros_in_eol) continue;
    eol_end_ = at_ * 8 + low_zeros + 1;
    eol_zeros_ = eol_end_ - 1 - run;
    ++at_;
    return true;
  }
  hole_seen_ = hole_seen_ || !holes_.empty();
  return false;
}

void LineScanner::open_line(Line& line) const noexcept {
  line.after_eol = has_eol_;
  line.begin = has_eol_ ? eol_end_ : 0;
  if (!tagged_ || !has_eol_) return;
  const std::size_t octet = line.begin / 8;
  line.two_dimensional = octet >= bytes_.size() || (bytes_[octet] >> (line.begin % 8) & 1U) == 0;
  ++line.begin;
}

std::optional<Line> LineScanner::next() noexcept {
  if (ended_ || saw_rtc()) return std::nullopt;
  Line line;
  open_line(line);
  line.before_eol = find_one_after_zeros();
  line.has_hole = hole_seen_;
  hole_seen_ = false;
  has_eol_ = line.before_eol;
  ended_ = !line.before_eol;
  line.zeros = line.before_eol ? eol_zeros_ : bytes_.size() * 8 - zero_run_;
  line.limit = line.before_eol ? eol_end_ - 1 - zeros_in_eol : bytes_.size() * 8;
  empty_lines_ = line.is_empty() ? empty_lines_ + 1 : 0;
  return line;
}

}  // namespace page
