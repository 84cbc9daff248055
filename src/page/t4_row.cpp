// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/t4_row.hpp"

#include <algorithm>

#include "src/page/t4_codes.hpp"

namespace page {
namespace {

constexpr std::uint64_t run_mask = (1U << longest_run_code) - 1;
constexpr std::uint64_t mode_mask = (1U << longest_mode_code) - 1;

// The row as far as it is read: a0 of T.4, 4.2.1.1.
struct Progress {
  std::uint32_t a0 = 0;
  bool black = false;
  bool at_start = true;  // a0 is still the imaginary white pel before the first
};

// One run of the present colour, its make-up codes included.
inline bool read_run(BitReader& reader, Changes& row, Progress& now) noexcept {
  const RunTable& table = now.black ? black_runs : white_runs;
  const std::uint32_t room = row.width() - now.a0;
  std::uint32_t pels = 0;
  for (bool more = true; more;) {
    const RunCode code = table[reader.peek() & run_mask];
    if (code.bits == 0) return false;
    reader.skip(code.bits);
    pels += code.pels;
    if (pels > room) return false;
    more = code.makes_up;
  }
  now = {now.a0 + pels, !now.black, false};
  row.change_at(now.a0);
  return true;
}

// b1 is the first change on the row above right of a0 and to the colour that a0 has not. It seldom lies far from
// the last one; a vertical mode may have gone left of that.
inline std::size_t find_b1(const Changes& above, std::size_t near, const Progress& now) noexcept {
  const auto is_right = [&](std::size_t i) { return above[i] > now.a0 || now.at_start; };
  if ((near % 2 == 1) != now.black) near = near == 0 ? 1 : near - 1;
  while (near >= 2 && is_right(near - 2))
    near -= 2;
  while (!is_right(near) && above[near] < above.width())
    near += 2;
  return near;
}

inline bool go_vertical(std::uint32_t b1, int offset, Changes& row, Progress& now) noexcept {
  const std::int64_t a1 = std::int64_t{b1} + offset;
  const bool is_right = now.at_start ? a1 >= 0 : a1 > now.a0;
  if (!is_right || a1 > row.width()) return false;
  now = {static_cast<std::uint32_t>(a1), !now.black, false};
  row.change_at(now.a0);
  return true;
}

inline bool read_mode(BitReader& reader, const Changes& above, std::size_t b1, Changes& row,
                      Progress& now) noexcept {
  const ModeCode code = modes[reader.peek() & mode_mask];
  reader.skip(code.bits);
  switch (code.mode) {
    case Mode::vertical:
      return go_vertical(above[b1], code.offset, row, now);
    case Mode::horizontal:
      return read_run(reader, row, now) && read_run(reader, row, now);
    case Mode::pass:
      if (above[b1] >= above.width()) return false;  // no black above to pass
      now.a0 = above[b1 + 1];
      now.at_start = false;
      return true;
    case Mode::none:
      break;
  }
  return false;
}

}  // namespace

void BitReader::refill_at_end() noexcept {
  for (; count_ < 56; count_ += 8, ++next_)
    if (next_ < bytes_.size()) bits_ |= std::uint64_t{bytes_[next_]} << count_;
}

void Changes::finish() noexcept {
  while (count_ > 0 && at_[count_ - 1] >= width_)
    --count_;
  std::fill_n(at_.begin() + static_cast<std::ptrdiff_t>(count_), 4, width_);
}

void Changes::paint(std::span<std::uint8_t> row) const noexcept {
  for (std::size_t i = 0; i < count_; i += 2) {
    const std::uint32_t from = at_[i];
    const std::uint32_t to = at_[i + 1];  // the width, if the row ends black
    const auto first = static_cast<std::uint8_t>(0xFFU >> (from % 8));
    const auto last = static_cast<std::uint8_t>(0xFF00U >> (to % 8));
    if (from / 8 == to / 8) {
      row[from / 8] |= first & last;
      continue;
    }
    row[from / 8] |= first;
    std::fill(row.begin() + from / 8 + 1, row.begin() + to / 8, std::uint8_t{0xFF});
    if (last != 0) row[to / 8] |= last;
  }
}

bool read_row_1d(BitReader& from, Changes& row) noexcept {
  BitReader reader = from;  // a copy of its own stays in registers
  row.start();
  bool has_width = true;
  for (Progress now; has_width && now.a0 < row.width();)
    has_width = read_run(reader, row, now);
  from = reader;
  row.finish();
  return has_width;
}

bool read_row_2d(BitReader& from, const Changes& above, Changes& row) noexcept {
  BitReader reader = from;
  row.start();
  bool has_width = true;
  std::size_t b1 = 0;
  for (Progress now; has_width && now.a0 < row.width();) {
    b1 = find_b1(above, b1, now);
    has_width = read_mode(reader, above, b1, row, now);
  }
  from = reader;
  row.finish();
  return has_width;
}

}  // namespace page
