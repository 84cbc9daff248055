// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/split_work.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/faxmail/child_work.hpp"
#include "src/faxmail/tiff_pages.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t base64_in = 57, base64_out = 78;  // bytes a line
constexpr std::uint64_t headers_and_table = 12 * 1024;
constexpr std::uint64_t texts_of_the_words = 3;  // plain, HTML, and what quoting adds

class Splitter {
 public:
  explicit Splitter(const SplitRequest& request) : request_(request) {}

  // Halves what is too big, until it fits.
  void make(const PageRange& pages) {
    const std::uint64_t bytes = write(pages);
    if (bytes <= request_.largest_pdf_bytes) return ranges_.push_back(pages);
    fs::remove(file_of(pages));
    if (pages.first == pages.last)
      throw base::Failure("page {} alone makes a PDF of {} bytes, and {} would fit", pages.first, bytes,
                          request_.largest_pdf_bytes);
    const std::size_t middle = pages.first + (pages.last - pages.first) / 2;
    make({pages.first, middle});
    make({middle + 1, pages.last});
  }
  [[nodiscard]] const std::vector<PageRange>& ranges() const noexcept { return ranges_; }

 private:
  [[nodiscard]] fs::path file_of(const PageRange& pages) const {
    return request_.whole.pdf.parent_path() / part_file(pages);
  }
  std::uint64_t write(const PageRange& pages) const {
    PdfRequest part = request_.whole;
    part.pdf = file_of(pages);
    part.preview.clear();
    part.first_page = pages.first;
    part.last_page = pages.last;
    make_pdf(part);
    return fs::file_size(part.pdf);
  }

  const SplitRequest& request_;
  std::vector<PageRange> ranges_;
};

}  // namespace

std::string part_file(const PageRange& pages) {
  return fmt::format("part-{}-{}.pdf", pages.first, pages.last);
}

std::uint64_t largest_pdf_in(std::uint64_t mail_bytes, std::size_t words_bytes) {
  const std::uint64_t besides = headers_and_table + texts_of_the_words * words_bytes;
  return mail_bytes <= besides ? 0 : (mail_bytes - besides) / base64_out * base64_in;
}

int split_pdf_in_child(const SplitRequest& request, int output) {
  give_up_all_but_paper(request.whole.pdf.parent_path(), output);
  PageRange pages = request.pages;
  if (pages.last == 0) pages = {1, TiffPages(request.whole.tiff).pages().size()};
  if (pages.first >= pages.last) throw base::Failure("it has one page only");
  Splitter splitter(request);
  const std::size_t count = pages.last - pages.first + 1;
  const std::size_t parts = std::clamp<std::size_t>(request.least_parts, 2, count);
  for (std::size_t i = 0; i < parts; ++i)
    splitter.make({pages.first + count * i / parts, pages.first + count * (i + 1) / parts - 1});
  Json json = Json::array();
  for (const PageRange& range : splitter.ranges())
    json.push_back({range.first, range.last});
  const std::string text = json.dump();
  base::write_all(output, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, "the result");
  return 0;
}

// Not trusted: this child has read what a stranger sent.
std::vector<PageRange> ranges_from(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  std::vector<PageRange> ranges;
  for (const Json& one : json.is_array() ? json : Json::array()) {
    if (!one.is_array() || one.size() != 2 || !one[0].is_number_unsigned() || !one[1].is_number_unsigned())
      break;
    const PageRange range{one[0].get<std::size_t>(), one[1].get<std::size_t>()};
    const bool follows = ranges.empty() ? range.first >= 1 : range.first == ranges.back().last + 1;
    if (!follows || range.last < range.first) break;
    ranges.push_back(range);
  }
  if (ranges.size() < 2 || ranges.size() != json.size())
    throw base::Failure("the program that splits it said nothing that can be used");
  return ranges;
}

}  // namespace faxmail
