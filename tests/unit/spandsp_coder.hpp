// SPDX-License-Identifier: GPL-2.0-or-later
// A page coded by spandsp, as its senders do: a second opinion beside libtiff's. For tests.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "src/modem/spandsp.hpp"
#include "src/page/page_file.hpp"
#include "src/page/t4_page.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace unit {

// fewest_bits: of a row with its EOL and fill (T.4, 4.1.3).
inline std::vector<std::uint8_t> coded_by_spandsp(const page::PageImage& image, page::Coding coding,
                                                  int fewest_bits) {
  const ScratchFolder folder;
  page::write_page(folder.path, 1, image);
  const std::string file = folder / page::page_file_name(1);
  const std::unique_ptr<t4_tx_state_t, int (*)(t4_tx_state_t*)> coder(
      t4_tx_init(nullptr, file.c_str(), -1, -1), t4_tx_free);
  if (!coder) return {};
  t4_tx_set_tx_encoding(coder.get(), coding == page::Coding::mh   ? T4_COMPRESSION_ITU_T4_1D
                                     : coding == page::Coding::mr ? T4_COMPRESSION_ITU_T4_2D
                                                                  : T4_COMPRESSION_ITU_T6);
  t4_tx_set_min_bits_per_row(coder.get(), fewest_bits);
  if (t4_tx_start_page(coder.get()) != 0) return {};
  std::vector<std::uint8_t> bytes(1 << 20);
  const int count = t4_tx_get_chunk(coder.get(), bytes.data(), static_cast<int>(bytes.size()));
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

}  // namespace unit
