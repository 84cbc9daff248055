// SPDX-License-Identifier: GPL-2.0-or-later
// One received page as a TIFF file: class F, G4, true resolution (RFC 3949). Written by the page process
// while the call goes on; when write_page returns, the page is on the disk and was read back. Not RT safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace page {

struct PageImage {
  std::uint32_t width_pels = 0;
  std::uint16_t x_dpi = 0, y_dpi = 0;
  std::vector<std::uint8_t> rows;  // as in rows.hpp
  std::uint32_t row_count = 0;
  std::uint32_t bad_rows = 0, longest_bad_run = 0;
  // What a crash must not take away: it stands in the file (PageName), as "bad", "good, cut off, damaged".
  std::string verdict = "good";  // good, poor, bad
  bool complete = true;          // false: cut off, this is its upper part
  bool damaged = false;          // octets of it never came
};

// "0001.tif"
std::string page_file_name(unsigned number);

// Makes FOLDER/0001.tif durable and reads it back. Throws std::system_error or base::Failure: then it is not
// stored.
void write_page(const std::filesystem::path& folder, unsigned number, const PageImage& image);

// A page back from its file, for recovery after a crash. Throws base::Failure when it is none of ours.
PageImage read_page(const std::filesystem::path& file);

}  // namespace page
