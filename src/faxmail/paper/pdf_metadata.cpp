// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/pdf_metadata.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "src/base/remote_text.hpp"
#include "src/faxmail/local_time.hpp"
#include "src/faxmail/paper/ghostscript.hpp"
#include "src/faxmail/paper/gray_profile.hpp"
#include "src/faxmail/paper/received_line.hpp"

namespace faxmail {
namespace {

constexpr const char* creator = "dahdi-faxmail";
constexpr std::size_t longest_text = 1024;

std::string known(const std::string& text) {
  return text.empty() ? std::string("unknown") : text;
}

std::string title(const handoff::FaxRecord& fax) {
  return fmt::format("Fax from {} to {}", known(fax.caller_number), known(fax.called));
}

std::string subject(const handoff::FaxRecord& fax) {
  std::string text = fmt::format("Fax to {} from {}", known(fax.called), known(fax.caller_number));
  if (!fax.caller_name.empty()) text += fmt::format(", {}", fax.caller_name);
  if (!fax.station_id.empty()) text += fmt::format(", station id {}", fax.station_id);
  return text + fmt::format(", received {}, {} page{}, call {}",
                            local_time(fax.started_unix_s, "%Y-%m-%d %H:%M:%S"), fax.pages.size(),
                            fax.pages.size() == 1 ? "" : "s", fax.id.text());
}

std::string hex(std::string_view bytes) {
  std::string text = "<";
  for (const char byte : bytes)
    fmt::format_to(std::back_inserter(text), "{:02X}", static_cast<std::uint8_t>(byte));
  return text + ">";
}

// What Ghostscript 10.00 can turn into XMP by itself, and it refuses the rest: no letter but ASCII, and nothing
// that a PDF's string has to escape.
std::string ascii(std::string_view utf8) {
  std::string text;
  for (const char c : base::printable(utf8, longest_text)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xC0) == 0x80) continue;  // the rest of a letter
    if (c == '(')
      text += '[';
    else if (c == ')')
      text += ']';
    else
      text += byte >= 0x80 || c == '\\' ? '?' : c;
  }
  return text;
}

std::string xml(std::string_view utf8) {
  std::string text = base::printable(utf8, longest_text);
  // U+FFFE and U+FFFF are characters to Unicode and none to XML (1.0, 2.2).
  const std::array<std::pair<std::string_view, std::string_view>, 5> replacements = {
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\xEF\xBF\xBE", "?"}, {"\xEF\xBF\xBF", "?"}}};
  for (const auto& [from, to] : replacements)
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  return text;
}

// ISO 8601 with the offset as XMP wants it, +02:00; strftime has no colon in it.
std::string xmp_time(std::int64_t unix_s) {
  std::string offset = local_time(unix_s, "%z");
  if (offset.size() == 5) offset.insert(3, ":");
  return local_time(unix_s, "%Y-%m-%dT%H:%M:%S") + offset;
}

std::string pdf_time(std::int64_t unix_s) {  // ISO 32000-1, 7.9.4
  std::string offset = local_time(unix_s, "%z");
  if (offset.size() == 5) offset = offset.substr(0, 3) + "'" + offset.substr(3) + "'";
  return local_time(unix_s, "D:%Y%m%d%H%M%S") + offset;
}

// A stream object of this name. Its dictionary comes first: Ghostscript 10.00 forgets the bytes that were put
// before it. PostScript's strings end at 64 KB; ours are far below.
std::string stream(const char* name, const char* dictionary, std::string_view bytes) {
  return fmt::format(
      "[/_objdef {{{0}}} /type /stream /OBJ pdfmark\n[{{{0}}} << {1} >> /PUT pdfmark\n"
      "[{{{0}}} {2} /PUT pdfmark\n",
      name, dictionary, hex(bytes));
}

std::string output_intent() {
  return stream("GrayProfile", "/N 1", gray_profile()) +
         "[/_objdef {OutputIntent} /type /dict /OBJ pdfmark\n"
         "[{OutputIntent} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {GrayProfile}\n"
         "/OutputConditionIdentifier (Grey, gamma 2.2) /Info (Grey, gamma 2.2) >> /PUT pdfmark\n"
         "[{Catalog} << /OutputIntents [{OutputIntent}] >> /PUT pdfmark\n";
}

std::string xmp_metadata(const handoff::FaxRecord& fax, bool pdf_a, std::int64_t now_unix_s) {
  const std::string time = xmp_time(now_unix_s);
  return fmt::format(
      "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
      "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
      "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
      "<rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\"\n"
      " xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\"\n"
      " xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\n{}"
      "<dc:format>application/pdf</dc:format>\n"
      "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt></dc:title>\n"
      "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">{}</rdf:li></rdf:Alt></dc:description>\n"
      "<xmp:CreatorTool>{}</xmp:CreatorTool>\n"
      "<xmp:CreateDate>{}</xmp:CreateDate>\n<xmp:ModifyDate>{}</xmp:ModifyDate>\n"
      "<pdf:Producer>{}</pdf:Producer>\n"
      "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>\n",
      pdf_a ? "<pdfaid:part>2</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n" : "",
      xml(title(fax)), xml(subject(fax)), creator, time, time, xml(ghostscript_name()));
}

}  // namespace

std::string pdf_information(const handoff::FaxRecord& fax, bool pdf_a, std::int64_t now_unix_s) {
  const auto text = [&](const std::string& words) {
    return pdf_a ? hex(ascii(words)) : pdf_text_string(words);
  };
  const std::string time = hex(pdf_time(now_unix_s));
  return fmt::format("[ /Title {} /Subject {} /Creator {} /CreationDate {} /ModDate {} /DOCINFO pdfmark\n",
                     text(title(fax)), text(subject(fax)), hex(creator), time, time) +
         stream("Xmp", "/Type /Metadata /Subtype /XML", xmp_metadata(fax, pdf_a, now_unix_s)) +
         "[{Catalog} {Xmp} /Metadata pdfmark\n" + (pdf_a ? output_intent() : "");
}

}  // namespace faxmail
