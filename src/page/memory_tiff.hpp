// SPDX-License-Identifier: GPL-2.0-or-later
// A TIFF file in memory for libtiff: written or read there, never on disk. libtiff's complaints go to a
// callback of the handle's own, so that one page's errors are not another's. Any process may use it; not RT
// safe.
#pragma once

#include <tiffio.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace page {

// What libtiff has to say, a sentence without a name or an end.
using TiffComplaint = std::function<void(const std::string& words)>;

struct TiffCloser {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
using TiffHandle = std::unique_ptr<TIFF, TiffCloser>;

// Opens a TIFF over `bytes`, which must outlive the handle. mode: "w" or "r". `complaint`, if not null, is
// called for each error and warning. Throws base::Failure.
TiffHandle open_memory_tiff(std::vector<std::uint8_t>& bytes, const char* mode, TiffComplaint* complaint);

// Opens a file likewise; errors and warnings go to the callback or nowhere, never to stderr.
TiffHandle open_tiff_fd(int fd, const std::string& name, const char* mode, TiffComplaint* complaint);

// The tags of an image of one strip, coded in G4 (T.6).
void set_g4_tags(TIFF* tiff, std::uint32_t width_pels, std::uint32_t rows);

}  // namespace page
