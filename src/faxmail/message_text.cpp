// SPDX-License-Identifier: GPL-2.0-or-later
// The words of a fax's mail, as plain text and as HTML, and the name of its file.
#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/fax_words.hpp"
#include "src/faxmail/local_time.hpp"
#include "src/faxmail/message.hpp"

namespace faxmail {
namespace {

constexpr const char* name_is_made_up =
    "The name is made up of the number called, the caller's number, the channel, the date and time of the "
    "call (local), "
    "and the first eight digits of the call's id";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : text)
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  return html;
}

std::string row(const FaxWords::Fact& fact) {
  return fmt::format(
      "<tr><td style=\"padding:3px 18px 3px 0;color:#667;vertical-align:top;white-space:nowrap\">{}</td>"
      "<td style=\"padding:3px 0\">{}</td></tr>\n",
      escaped(fact.name), escaped(fact.sentence));
}

std::string box(std::string_view sentence) {
  return fmt::format(
      "<p style=\"margin:8px 0;padding:8px 12px;background:#fff4e0;border-left:4px solid #d98c00\">{}</p>\n",
      escaped(sentence));
}

}  // namespace

std::string fax_as_text(const handoff::FaxRecord& fax, const std::string& file_name,
                        const std::string& note) {
  const FaxWords words = words_about(fax);
  std::string text = words.headline + "\n\n";
  if (!note.empty()) text += base::printable(note, 1024) + "\n\n";
  for (const FaxWords::Fact& fact : words.facts)
    text += fmt::format("{:<10}{}\n", fact.name + ":", fact.sentence);
  if (!words.troubles.empty()) text += "\n";
  for (const std::string& trouble : words.troubles)
    text += trouble + "\n";
  text += fmt::format("\nThe attached file is {}\n{}, {}.\n", base::printable(file_name, 256),
                      name_is_made_up, fax.id.text());
  return text;
}

std::string fax_as_html(const handoff::FaxRecord& fax, const std::string& file_name, bool with_preview,
                        const std::string& note) {
  const FaxWords words = words_about(fax);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\"><title>Fax</title></head>\n"
      "<body style=\"margin:20px;font:15px/1.45 sans-serif;color:#223\">\n<h2 style=\"margin:0 0 "
      "12px;font-size:20px\">{}</h2>\n",
      escaped(words.headline));
  if (!note.empty()) html += box(base::printable(note, 1024));
  for (const std::string& trouble : words.troubles)
    html += box(trouble);
  html += "<table style=\"border-collapse:collapse;font-size:15px\">\n";
  for (const FaxWords::Fact& fact : words.facts)
    html += row(fact);
  html += "</table>\n";
  if (with_preview)
    html +=
        "<p style=\"margin:18px 0\"><img src=\"cid:first-page\" alt=\"The first page\" width=\"600\" "
        "style=\"max-width:100%;border:1px solid #ccd\"></p>\n";
  html += fmt::format(
      "<p style=\"margin-top:18px;color:#667;font-size:13px\">The attached file is <b>{}</b><br>{}, {}.</p>\n"
      "</body></html>\n",
      escaped(base::printable(file_name, 256)), name_is_made_up, fax.id.text());
  return html;
}

std::string file_name_of(const handoff::FaxRecord& fax) {
  return fmt::format("{}_{}_{}_{}_{}", base::safe_name(fax.called), base::safe_name(fax.caller_number),
                     fax.channel, local_time(fax.started_unix_s, "%Y-%m-%d_%H.%M.%S"),
                     fax.id.text().substr(0, 8));
}

}  // namespace faxmail
