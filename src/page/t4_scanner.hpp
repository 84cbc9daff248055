// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the lines of a page coded after ITU-T T.4: what lies between two EOLs, the tag bits of MR, RTC, and the
// octets known to be missing. It knows nothing of runs and pels. Owned and called by decode_page alone. The
// bytes and holes must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace page {

// Positions are bits, counted from the page's first.
struct Line {
  std::size_t begin = 0;         // its first bit, after EOL and tag bit
  std::size_t zeros = 0;         // from here on there are only zeros: of the last code word, fill, EOL
  std::size_t limit = 0;         // the row's last code word ends here at the latest
  bool two_dimensional = false;  // MR's tag bit was 0
  bool after_eol = false;        // an EOL opened it; false: what came before the first one
  bool before_eol = false;       // an EOL closed it; false: the bytes ended
  bool has_hole = false;         // octets are missing in it
  [[nodiscard]] bool is_empty() const noexcept {
    return after_eol && before_eol && zeros <= begin && !has_hole;
  }
};

class LineScanner {
 public:
  LineScanner(std::span<const std::uint8_t> bytes, std::span<const std::size_t> holes, bool tagged) noexcept
      : bytes_(bytes), holes_(holes), tagged_(tagged) {}

  // The next line, one for each EOL and one for what is before the first; none after the bytes' end or RTC.
  std::optional<Line> next() noexcept;
  [[nodiscard]] bool saw_rtc() const noexcept { return empty_lines_ >= empty_lines_of_rtc; }

 private:
  static constexpr unsigned empty_lines_of_rtc = 5;  // six EOLs (T.4, 4.1.4)

  bool find_one_after_zeros() noexcept;
  void open_line(Line& line) const noexcept;

  std::span<const std::uint8_t> bytes_;
  std::span<const std::size_t> holes_;
  bool tagged_;
  std::size_t at_ = 0;         // the octet to look at next
  std::size_t zero_run_ = 0;   // zeros just before it
  std::size_t eol_end_ = 0;    // one past the last EOL's one; while has_eol_
  std::size_t eol_zeros_ = 0;  // where its zeros began
  bool has_eol_ = false;
  bool hole_seen_ = false;  // since the last EOL
  bool ended_ = false;
  unsigned empty_lines_ = 0;  // in a row
};

}  // namespace page
