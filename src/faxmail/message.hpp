// SPDX-License-Identifier: GPL-2.0-or-later
// The mail that carries a fax, by GMime: mixed{alternative{text, related{html, inline png}}, pdf[, tiff]},
// 7-bit, CRLF. Written once; retries send the same bytes, Message-ID included.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "src/handoff/fax_record.hpp"

namespace faxmail {

struct Attachment {
  std::filesystem::path file;
  std::string name;  // as the recipient sees it
  std::string type;  // "application/pdf"
};

struct MessageRequest {
  std::string from, subject;
  std::vector<std::string> to, cc;
  std::string message_id;         // without angle brackets
  std::string text;               // UTF-8
  std::string html;               // empty: none. <img src="cid:first-page"> is the preview
  std::filesystem::path preview;  // PNG; empty: none
  std::vector<Attachment> attachments;
};
// Writes the whole message to fd. Throws base::Failure or std::system_error.
void write_message(const MessageRequest& request, int fd);

// The words about a fax: who, when, how many pages, how good, how the file name is made up. `file_name` as
// the recipient sees it ("....pdf"). `note`: a sentence of ours that must not be missed (no route; no PDF
// could be made); may be empty.
std::string fax_as_text(const handoff::FaxRecord& fax, const std::string& file_name,
                        const std::string& note = {});
std::string fax_as_html(const handoff::FaxRecord& fax, const std::string& file_name, bool with_preview,
                        const std::string& note = {});

// CALLED_CALLER_CHANNEL_YYYY-MM-DD_HH.MM.SS_ID, without an ending; safe whatever the caller sent. Local time.
// ID: the first eight digits of the call's id.
std::string file_name_of(const handoff::FaxRecord& fax);

}  // namespace faxmail
