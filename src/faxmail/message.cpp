// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/message.hpp"

#include <fcntl.h>
#include <gmime/gmime.h>

#include <algorithm>
#include <cctype>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/route.hpp"

namespace faxmail {
namespace {

constexpr std::size_t longest_subject = 400, longest_name = 200;  // bytes

struct Unref {
  void operator()(void* object) const noexcept { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

struct FreeOptions {
  void operator()(GMimeFormatOptions* options) const noexcept { g_mime_format_options_free(options); }
};
using Options = std::unique_ptr<GMimeFormatOptions, FreeOptions>;

struct FreeTime {
  void operator()(GDateTime* time) const noexcept { g_date_time_unref(time); }
};

// A text of a stranger's for a header: neither CR nor LF, so that it stays one header; and no encoded word of
// his own
// ("=?utf-8?Q?=0D=0A..."), which GMime would pass on and a mail program decode.
std::string header_text(const std::string& text, std::size_t longest) {
  std::string one = base::printable(text, longest);
  for (std::size_t at = 0; (at = one.find("=?", at)) != std::string::npos;)
    one.replace(at, 2, "= ?");
  return one;
}

Options crlf_and_rfc2231() {
  Options options(g_mime_format_options_new());
  g_mime_format_options_set_newline_format(options.get(), GMIME_NEWLINE_FORMAT_DOS);
  g_mime_format_options_set_param_encoding_method(options.get(), GMIME_PARAM_ENCODING_METHOD_RFC2231);
  return options;
}

// Not by g_mime_text_part_set_text, which would choose a charset of its own: the HTML says it is UTF-8.
Owned<GMimeObject> text_part(const char* subtype, const std::string& text) {
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(text.data(), text.size()));
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  GMimePart* part = g_mime_part_new_with_type("text", subtype);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", "utf-8");
  g_mime_part_set_content(part, content.get());
  return Owned<GMimeObject>(GMIME_OBJECT(part));
}

// A part whose bytes come from the file while the message is written: no attachment is ever in memory as a
// whole.
Owned<GMimeObject> file_part(const std::filesystem::path& file, const std::string& type) {
  base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  const Owned<GMimeStream> stream(g_mime_stream_fs_new(fd.release()));  // the stream closes it
  const Owned<GMimeDataWrapper> content(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  const std::size_t slash = type.find('/');
  if (slash == std::string::npos || base::printable(type) != type ||
      type.find_first_of(" ;\"") != std::string::npos)
    throw base::Failure("\"{}\" is no type of an attachment; one would be \"application/pdf\"",
                        base::printable(type));
  GMimePart* part = g_mime_part_new_with_type(type.substr(0, slash).c_str(), type.substr(slash + 1).c_str());
  g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_part_set_content(part, content.get());
  return Owned<GMimeObject>(GMIME_OBJECT(part));
}

Owned<GMimeObject> attachment_part(const Attachment& attachment) {
  Owned<GMimeObject> part = file_part(attachment.file, attachment.type);
  // set_filename writes both the disposition's name and, for old mail programs, the type's.
  g_mime_object_set_disposition(part.get(), GMIME_DISPOSITION_ATTACHMENT);
  g_mime_part_set_filename(GMIME_PART(part.get()), header_text(attachment.name, longest_name).c_str());
  return part;
}

Owned<GMimeObject> preview_part(const std::filesystem::path& preview) {
  Owned<GMimeObject> part = file_part(preview, "image/png");
  g_mime_object_set_disposition(part.get(), GMIME_DISPOSITION_INLINE);
  g_mime_part_set_filename(GMIME_PART(part.get()), "first-page.png");
  g_mime_object_set_content_id(part.get(), "first-page");
  return part;
}

Owned<GMimeObject> multipart(const char* subtype, const std::vector<GMimeObject*>& parts) {
  GMimeMultipart* whole = g_mime_multipart_new_with_subtype(subtype);
  for (GMimeObject* part : parts)
    g_mime_multipart_add(whole, part);
  return Owned<GMimeObject>(GMIME_OBJECT(whole));
}

Owned<GMimeObject> words(const MessageRequest& request) {
  Owned<GMimeObject> text = text_part("plain", request.text);
  if (request.html.empty()) return text;
  Owned<GMimeObject> html = text_part("html", request.html);
  if (!request.preview.empty()) {
    const Owned<GMimeObject> picture = preview_part(request.preview);
    html = multipart("related", {html.get(), picture.get()});
    g_mime_object_set_content_type_parameter(html.get(), "type", "text/html");  // RFC 2387, 3.1
  }
  return multipart("alternative", {text.get(), html.get()});
}

Owned<GMimeObject> body(const MessageRequest& request) {
  Owned<GMimeObject> text = words(request);
  if (request.attachments.empty()) return text;
  Owned<GMimeObject> mixed = multipart("mixed", {text.get()});
  for (const Attachment& attachment : request.attachments)
    g_mime_multipart_add(GMIME_MULTIPART(mixed.get()), attachment_part(attachment).get());
  return mixed;
}

void add_addresses(GMimeMessage* message, GMimeAddressType kind, const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) {
    if (!valid_address(address))
      throw base::Failure("\"{}\" is no mail address; one would be \"you@example.org\"",
                          base::printable(address));
    g_mime_message_add_mailbox(message, kind, nullptr, address.c_str());
  }
}

void add_headers(GMimeMessage* message, const MessageRequest& request) {
  add_addresses(message, GMIME_ADDRESS_TYPE_FROM, {request.from});
  add_addresses(message, GMIME_ADDRESS_TYPE_TO, request.to);
  add_addresses(message, GMIME_ADDRESS_TYPE_CC, request.cc);
  g_mime_message_set_subject(message, header_text(request.subject, longest_subject).c_str(), "utf-8");
  const std::unique_ptr<GDateTime, FreeTime> now(g_date_time_new_now_local());
  g_mime_message_set_date(message, now.get());
  if (!valid_address(request.message_id))
    throw base::Failure("\"{}\" is no Message-ID", base::printable(request.message_id));
  g_mime_message_set_message_id(message, request.message_id.c_str());
  g_mime_object_set_header(GMIME_OBJECT(message), "Auto-Submitted", "auto-generated",
                           nullptr);  // RFC 3834, 5
}

}  // namespace

void write_message(const MessageRequest& request, int fd) {
  static const bool ready = (g_mime_init(), true);
  static_cast<void>(ready);
  const Owned<GMimeMessage> message(g_mime_message_new(TRUE));
  add_headers(message.get(), request);
  g_mime_message_set_mime_part(message.get(), body(request).get());
  g_mime_object_encode(GMIME_OBJECT(message.get()), GMIME_ENCODING_CONSTRAINT_7BIT);
  const Owned<GMimeStream> stream(g_mime_stream_fs_new(fd));
  g_mime_stream_fs_set_owner(GMIME_STREAM_FS(stream.get()), FALSE);
  const Options options = crlf_and_rfc2231();
  errno = 0;
  if (g_mime_object_write_to_stream(GMIME_OBJECT(message.get()), options.get(), stream.get()) < 0 ||
      g_mime_stream_flush(stream.get()) != 0)
    throw base::system_failure("cannot write a mail", errno == 0 ? EIO : errno);
}

}  // namespace faxmail
