// SPDX-License-Identifier: GPL-2.0-or-later
// The document that the PDF maker reads, row by row.
#include <sys/mman.h>

#include <cstdlib>
#include <vector>

#include "src/base/durable_file.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/paper/tiff_pages.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

constexpr unsigned most_rows =
    20'000;  // enough to be everywhere, without decoding a kilometre of white paper

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  const base::UniqueFd file(::memfd_create("fuzz", MFD_CLOEXEC));
  base::write_all(file.get(), bytes, "fuzz");
  faxmail::TiffPages pages("/proc/self/fd/" + std::to_string(file.get()));
  for (std::size_t i = 0; i < pages.pages().size(); ++i) {
    const faxmail::TiffPage& page = pages.pages()[i];
    std::vector<std::uint8_t> row(page.row_bytes());
    pages.go_to(i);
    for (unsigned n = 0; n < std::min(page.rows, most_rows); ++n)
      pages.read_row(row);
  }
}
