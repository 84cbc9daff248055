// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/received_line.hpp"

#include <fmt/format.h>

#include "src/base/remote_text.hpp"
#include "src/faxmail/local_time.hpp"

namespace faxmail {
namespace {

// Decodes printable(): its UTF-8 is whole, so lengths need no checks beyond the end.
std::u32string code_points(std::string_view utf8) {
  const std::string text = base::printable(utf8, 1024);
  std::u32string all;
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<std::uint8_t>(text[i++]);
    const unsigned more = first < 0xC0 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
    char32_t code = more == 0 ? first : first & (0x3FU >> more);
    for (unsigned k = 0; k < more && i < text.size(); ++k)
      code = code << 6 | (static_cast<std::uint8_t>(text[i++]) & 0x3FU);
    all += code;
  }
  return all;
}

// The letter of Latin-1 for one that is not in it: dashes and quotation marks as typed on a typewriter.
unsigned latin1(char32_t code) noexcept {
  if (code < 0x100) return code;
  if (code >= 0x2010 && code <= 0x2015) return '-';
  if (code >= 0x2018 && code <= 0x201B) return '\'';
  return code >= 0x201C && code <= 0x201F ? '"' : '?';
}

}  // namespace

std::string latin1_hex(std::string_view utf8) {
  std::string hex = "<";
  for (const char32_t code : code_points(utf8))
    fmt::format_to(std::back_inserter(hex), "{:02X}", latin1(code));
  return hex + ">";
}

std::string pdf_text_string(std::string_view utf8) {
  std::string hex = "<FEFF";
  for (const char32_t code : code_points(utf8)) {
    const auto value = static_cast<unsigned>(code);
    if (value < 0x10000)
      fmt::format_to(std::back_inserter(hex), "{:04X}", value);
    else  // RFC 2781, 2.1
      fmt::format_to(std::back_inserter(hex), "{:04X}{:04X}", 0xD800 + ((value - 0x10000) >> 10),
                     0xDC00 + ((value - 0x10000) & 0x3FFU));
  }
  return hex + ">";
}

std::string received_line(std::string_view company, const handoff::FaxRecord& fax, std::size_t page,
                          std::size_t pages) {
  const std::string& caller = fax.caller_number.empty() ? fax.station_id : fax.caller_number;
  return fmt::format("Received by {}, {}, from {}, page {} of {}", base::printable(company),
                     local_time(fax.started_unix_s, "%Y-%m-%d %H:%M"),
                     caller.empty() ? "an unknown number" : base::printable(caller), page, pages);
}

std::string received_line_program(std::string_view line, double page_width, double bottom) {
  constexpr double margin = 10, font_size = 9, above_strip = 5;  // points
  // ISOLatin1Encoding has a minus where people mean a hyphen. A line too long for the page is condensed,
  // never cut.
  return fmt::format(
      "/Helvetica findfont dup length dict begin {{1 index /FID ne {{def}} {{pop pop}} ifelse}} forall\n"
      "/Encoding ISOLatin1Encoding 256 array copy dup 45 /hyphen put def currentdict end\n"
      "/ReceivedLine exch definefont {} scalefont setfont 0 setgray\n"
      "gsave {} {} translate {} dup stringwidth pop {} exch div dup 1 gt {{pop 1}} if 1 scale 0 0 moveto "
      "show grestore\n",
      font_size, margin, bottom + above_strip, latin1_hex(line), page_width - 2 * margin);
}

}  // namespace faxmail
