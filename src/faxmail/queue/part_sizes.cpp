// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/part_sizes.hpp"

namespace faxmail {
namespace {

constexpr std::uint64_t base64_in = 57, base64_out = 78;  // bytes a line
constexpr std::uint64_t headers_and_table = 12 * 1024;
constexpr std::uint64_t texts_of_the_words = 3;  // plain, HTML, and what quoting adds

}  // namespace

std::uint64_t largest_pdf_in(std::uint64_t mail_bytes, std::size_t words_bytes) {
  const std::uint64_t besides = headers_and_table + texts_of_the_words * words_bytes;
  return mail_bytes <= besides ? 0 : (mail_bytes - besides) / base64_out * base64_in;
}

}  // namespace faxmail
