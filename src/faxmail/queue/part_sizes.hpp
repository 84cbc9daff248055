// SPDX-License-Identifier: GPL-2.0-or-later
// How large what a mail carries may be.
#pragma once

#include <cstddef>
#include <cstdint>

namespace faxmail {

// How large the PDF in a mail of this size may be: Base64 makes 78 bytes of 57, and there are words besides; 0 = not
// even the words fit.
std::uint64_t largest_pdf_in(std::uint64_t mail_bytes, std::size_t words_bytes);

}  // namespace faxmail
