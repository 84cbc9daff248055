// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/page/t4_page.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "src/page/rows.hpp"
#include "src/page/t4_row.hpp"
#include "src/page/t4_scanner.hpp"

namespace page {
namespace {

// Puts rows one below the other.
class RowKeeper {
 public:
  explicit RowKeeper(std::uint32_t width_pels) : octets_(octets_per_row(width_pels)) {}

  [[nodiscard]] std::uint32_t count() const noexcept { return page_.row_count; }
  [[nodiscard]] bool is_full() const noexcept { return page_.row_count == longest_page_rows; }
  void add_good(const Changes& row) {
    add(false);
    row.paint(std::span(page_.rows).last(octets_));
  }
  // It shows what the row above shows: the last good one.
  void add_bad() {
    add(true);
    if (page_.row_count < 2) return;
    const auto end = page_.rows.end();
    const auto octets = static_cast<std::ptrdiff_t>(octets_);
    std::copy(end - 2 * octets, end - octets, end - octets);
  }
  PageRows finish(std::uint32_t rows, bool has_end, bool is_cut) &&;

 private:
  void add(bool bad) {
    page_.rows.resize(page_.rows.size() + octets_);
    page_.is_bad.push_back(bad ? 1 : 0);
    ++page_.row_count;
  }

  std::size_t octets_;
  PageRows page_;
};

PageRows RowKeeper::finish(std::uint32_t rows, bool has_end, bool is_cut) && {
  page_.row_count = rows;
  page_.rows.resize(octets_ * rows);
  page_.is_bad.resize(rows);
  std::uint32_t run = 0;
  for (const std::uint8_t bad : page_.is_bad) {
    run = bad != 0 ? run + 1 : 0;
    page_.bad_rows += bad;
    page_.longest_bad_run = std::max(page_.longest_bad_run, run);
  }
  page_.has_end = has_end;
  page_.is_cut = is_cut;
  return std::move(page_);
}

// MH and MR: rows between EOLs.
class LineDecoder {
 public:
  explicit LineDecoder(const CodedPage& page)
      : scanner_(page.bytes, page.holes, page.coding == Coding::mr),
        reader_(page.bytes),
        rows_(page.width_pels),
        row_(page.width_pels),
        above_(page.width_pels) {}
  PageRows decode();

 private:
  bool take(const Line& line);
  void take_empty();
  void take_bad();
  bool read(const Line& line) noexcept;

  LineScanner scanner_;
  BitReader reader_;
  RowKeeper rows_;
  Changes row_;
  Changes above_;
  bool above_is_good_ = false;
  std::optional<std::uint32_t>
      rows_before_end_;  // at the first of EOLs together after which no good row came
};

PageRows LineDecoder::decode() {
  bool is_cut = false;
  while (const auto line = scanner_.next())
    if (!take(*line)) {
      is_cut = true;
      break;
    }
  const bool has_end = scanner_.saw_rtc() || rows_before_end_.has_value();
  const std::uint32_t count = rows_before_end_.value_or(rows_.count());
  return std::move(rows_).finish(count, has_end, is_cut);
}

// False: there is no room for another row.
bool LineDecoder::take(const Line& line) {
  if (line.is_empty()) {
    take_empty();
    return true;
  }
  if (line.after_eol && !line.has_hole && read(line)) {
    if (rows_.is_full()) return false;
    rows_.add_good(row_);
    std::swap(row_, above_);
    above_is_good_ = true;
    rows_before_end_.reset();
    return true;
  }
  const bool is_row = line.has_hole || (line.after_eol && line.before_eol);
  if (is_row && rows_.is_full()) return false;
  if (is_row) take_bad();
  return true;
}

// Between two EOLs together: the page's end, or, if a good row comes after all, a bad row.
void LineDecoder::take_empty() {
  if (rows_.count() == 0) return;
  if (!rows_before_end_) rows_before_end_ = rows_.count();
  if (!rows_.is_full()) take_bad();
}

void LineDecoder::take_bad() {
  rows_.add_bad();
  above_is_good_ = false;
}

bool LineDecoder::read(const Line& line) noexcept {
  reader_.go_to(line.begin);
  if (line.two_dimensional && !above_is_good_) return false;
  const bool has_width =
      line.two_dimensional ? read_row_2d(reader_, above_, row_) : read_row_1d(reader_, row_);
  return has_width && reader_.position() >= line.zeros && reader_.position() <= line.limit;
}

// Eleven zeros at a row's beginning: an EOL, half of EOFB, or, without a one behind them, the padding of the last
// octets.
constexpr std::uint64_t no_row_mask = (1U << 11U) - 1;

bool a_one_follows(std::span<const std::uint8_t> bytes, std::size_t bit) noexcept {
  if (bit / 8 >= bytes.size()) return false;
  const auto rest = bytes.subspan(bit / 8);
  return rest[0] >> (bit % 8) != 0 ||
         std::any_of(rest.begin() + 1, rest.end(), [](std::uint8_t octet) { return octet != 0; });
}

// Each row leans on the one above, and nothing marks its end: what is right is what comes before the first flaw.
PageRows decode_mmr(const CodedPage& page) {
  const std::size_t hole = page.holes.empty() ? page.bytes.size() : page.holes.front();
  const auto bytes = std::span(page.bytes).first(std::min(hole, page.bytes.size()));
  BitReader reader(bytes);
  RowKeeper rows(page.width_pels);
  Changes row(page.width_pels);
  Changes above(page.width_pels);
  bool is_cut = false;
  while (!is_cut && (reader.peek() & no_row_mask) != 0) {
    is_cut = rows.is_full() || !read_row_2d(reader, above, row) || reader.position() > bytes.size() * 8;
    if (is_cut) break;
    rows.add_good(row);
    std::swap(row, above);
  }
  const bool has_end = !is_cut && a_one_follows(bytes, reader.position());
  const std::uint32_t count = rows.count();
  return std::move(rows).finish(count, has_end, is_cut || (!page.holes.empty() && !has_end));
}

}  // namespace

PageRows decode_page(const CodedPage& page) {
  if (page.width_pels == 0 || page.width_pels > widest_page_pels) {
    PageRows none;
    none.is_cut = true;
    return none;
  }
  return page.coding == Coding::mmr ? decode_mmr(page) : LineDecoder(page).decode();
}

}  // namespace page
