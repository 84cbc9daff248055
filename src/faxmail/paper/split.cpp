// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/split.hpp"

#include <algorithm>

#include "src/base/errors.hpp"
#include "src/faxmail/paper/pdf.hpp"
#include "src/faxmail/paper/tiff_pages.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

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
    part.pages = pages;
    make_pdf(part);
    return fs::file_size(part.pdf);
  }

  const SplitRequest& request_;
  std::vector<PageRange> ranges_;
};

}  // namespace

std::vector<PageRange> split_pdf(const SplitRequest& request) {
  PageRange pages = request.whole.pages;
  if (pages.all()) pages = {1, TiffPages(request.whole.tiff).pages().size()};
  if (pages.first >= pages.last) throw base::Failure("it has one page only");
  Splitter splitter(request);
  const std::size_t count = pages.last - pages.first + 1;
  const std::size_t parts = std::clamp<std::size_t>(request.least_parts, 2, count);
  for (std::size_t i = 0; i < parts; ++i)
    splitter.make({pages.first + count * i / parts, pages.first + count * (i + 1) / parts - 1});
  return splitter.ranges();
}

}  // namespace faxmail
