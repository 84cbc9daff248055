// SPDX-License-Identifier: GPL-2.0-or-later
// Mails written here are parsed back and taken apart.
#include "src/faxmail/message.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmime/gmime.h>

#include <cstdlib>
#include <ctime>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace {

namespace fs = std::filesystem;
using unit::ScratchFolder;

// Every byte value, CR LF and dots at line starts among them.
std::string some_bytes(std::size_t count) {
  std::string bytes = "\r\n.\r\n..\nFrom ";
  for (std::uint32_t state = 1; bytes.size() < count;)
    bytes += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return bytes;
}

faxmail::MessageRequest some_request(const ScratchFolder& folder) {
  unit::put_file(folder.path / "a.pdf", some_bytes(300001));
  unit::put_file(folder.path / "a.tif", some_bytes(777));
  unit::put_file(folder.path / "p.png", some_bytes(5000));
  faxmail::MessageRequest request;
  request.from = "fax@example.org";
  request.to = {"a@example.org", "b@example.org"};
  request.cc = {"c@example.org"};
  request.subject =
      "Fax von Müller & Söhne 株式会社, and a lot more words so that this header does not fit into one line";
  request.message_id = "0123456789abcdef0123456789abcdef@example.org";
  request.text = "From Müller\n.\n\nA line of " + std::string(1200, 'x') + "\nEnd\n";
  request.html = "<p>Müller <img src=\"cid:first-page\"></p>\n";
  request.preview = folder.path / "p.png";
  request.attachments = {{folder.path / "a.pdf", "4930_+49_Müller \"x\" 株.pdf", "application/pdf"},
                         {folder.path / "a.tif", "4930.tif", "image/tiff"}};
  return request;
}

std::string written(const faxmail::MessageRequest& request, const ScratchFolder& folder) {
  const fs::path file = folder.path / "mail.eml";
  const base::UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  faxmail::write_message(request, fd.get());
  return base::read_file(file, 1 << 26);
}

struct Mail {
  explicit Mail(const std::string& bytes) {
    GMimeStream* stream = g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size());
    GMimeParser* parser = g_mime_parser_new_with_stream(stream);
    message = g_mime_parser_construct_message(parser, nullptr);
    g_object_unref(parser);
    g_object_unref(stream);
    REQUIRE(message != nullptr);
  }
  ~Mail() { g_object_unref(message); }
  Mail(const Mail&) = delete;
  Mail& operator=(const Mail&) = delete;
  [[nodiscard]] GMimeObject* body() const { return g_mime_message_get_mime_part(message); }
  [[nodiscard]] std::string header(const char* name) const {
    const char* value = g_mime_object_get_header(GMIME_OBJECT(message), name);
    return value == nullptr ? "none" : value;
  }
  GMimeMessage* message;
};

GMimeObject* part(GMimeObject* whole, int index, const char* type, const char* subtype) {
  REQUIRE(GMIME_IS_MULTIPART(whole));
  GMimeObject* one = g_mime_multipart_get_part(GMIME_MULTIPART(whole), index);
  REQUIRE(one != nullptr);
  CHECK(g_mime_content_type_is_type(g_mime_object_get_content_type(one), type, subtype));
  return one;
}

std::string content(GMimeObject* leaf) {
  GMimeStream* stream = g_mime_stream_mem_new();
  g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(leaf)), stream);
  const GByteArray* bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
  std::string text(reinterpret_cast<const char*>(bytes->data), bytes->len);
  g_object_unref(stream);
  return text;
}

std::string with_lf(std::string text) {
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;)
    text.erase(at, 1);
  return text;
}

std::string mistake_of(const faxmail::MessageRequest& request, const ScratchFolder& folder) {
  try {
    written(request, folder);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "written without a word";
}

handoff::FaxRecord some_fax() {
  handoff::FaxRecord fax;
  fax.id = *base::CallId::parse("0123456789abcdef0123456789abcdef");
  fax.line = "exchange:/run/x/7";
  fax.channel = 7;
  fax.called = "4930123469";
  fax.caller_number = "+4989555";
  fax.caller_name = "Müller";
  fax.station_id = "+49 89 555";
  fax.started_unix_s = 1795442580;
  fax.duration_s = 72.3;
  fax.modem = "V.17";
  fax.rate_bps = 14400;
  fax.ecm = true;
  fax.coding = "MMR";
  fax.complete = true;
  fax.sentence = "All pages were received.";
  fax.pages = {{1, 1728, 2292, 203.2, 195.58, 0, 0, true, "good"},
               {2, 1728, 2292, 203.2, 195.58, 0, 0, true, "good"}};
  return fax;
}

void in_utc() {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

bool has(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("a mail is lines of CRLF, seven bits and less than 998 characters") {
  const ScratchFolder folder;
  const std::string mail = written(some_request(folder), folder);
  std::size_t start = 0, longest = 0;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    REQUIRE(static_cast<unsigned char>(mail[i]) < 0x80);
    if (mail[i] == '\r') REQUIRE(mail.at(i + 1) == '\n');
    if (mail[i] != '\n') continue;
    REQUIRE(i > 0);
    REQUIRE(mail[i - 1] == '\r');
    longest = std::max(longest, i - 1 - start);
    start = i + 1;
  }
  CHECK(start == mail.size());
  CHECK(longest <= 998);
}

TEST_CASE("a mail's headers say what they must") {
  const ScratchFolder folder;
  const auto request = some_request(folder);
  const Mail mail(written(request, folder));
  CHECK(std::string(g_mime_message_get_subject(mail.message)) == request.subject);
  CHECK(std::string(g_mime_message_get_message_id(mail.message)) == request.message_id);
  CHECK(mail.header("Auto-Submitted") == "auto-generated");
  CHECK(mail.header("MIME-Version") == "1.0");
  CHECK(mail.header("From") == "fax@example.org");
  CHECK(mail.header("To") == "a@example.org, b@example.org");
  CHECK(mail.header("Cc") == "c@example.org");
  CHECK(std::abs(g_date_time_to_unix(g_mime_message_get_date(mail.message)) - std::time(nullptr)) < 60);
}

TEST_CASE("a mail's parts come out as they went in, attachments byte for byte") {
  const ScratchFolder folder;
  const auto request = some_request(folder);
  const std::string bytes = written(request, folder);
  const Mail mail(bytes);
  REQUIRE(g_mime_content_type_is_type(g_mime_object_get_content_type(mail.body()), "multipart", "mixed"));
  CHECK(g_mime_multipart_get_count(GMIME_MULTIPART(mail.body())) == 3);
  GMimeObject* words = part(mail.body(), 0, "multipart", "alternative");
  CHECK(with_lf(content(part(words, 0, "text", "plain"))) == request.text);
  GMimeObject* related = part(words, 1, "multipart", "related");
  CHECK(with_lf(content(part(related, 0, "text", "html"))) == request.html);
  GMimeObject* picture = part(related, 1, "image", "png");
  CHECK(content(picture) == some_bytes(5000));
  CHECK(std::string(g_mime_object_get_content_id(picture)) == "first-page");
  CHECK(std::string(g_mime_object_get_disposition(picture)) == "inline");
  GMimeObject* pdf = part(mail.body(), 1, "application", "pdf");
  CHECK(content(pdf) == some_bytes(300001));
  CHECK(std::string(g_mime_part_get_filename(GMIME_PART(pdf))) == request.attachments[0].name);
  CHECK(std::string(g_mime_object_get_disposition(pdf)) == "attachment");
  CHECK(has(bytes, "filename*"));  // RFC 2231
  CHECK(content(part(mail.body(), 2, "image", "tiff")) == some_bytes(777));
}

TEST_CASE("a mail of text alone is a text, and one of text and a file has no alternative") {
  const ScratchFolder folder;
  auto request = some_request(folder);
  request.html.clear();
  request.preview.clear();
  {
    const Mail mail(written(request, folder));
    CHECK(with_lf(content(part(mail.body(), 0, "text", "plain"))) == request.text);
  }
  request.attachments.clear();
  const Mail mail(written(request, folder));
  REQUIRE(GMIME_IS_PART(mail.body()));
  CHECK(with_lf(content(mail.body())) == request.text);
}

TEST_CASE("whatever a caller calls himself, no header is added") {
  const ScratchFolder folder;
  for (const std::string& name : std::vector<std::string>{
           "x\r\nBcc: all@example.org\r\n\r\nbody", "x\nBcc: all@example.org", "x\rBcc: all@example.org",
           std::string("x\0\r\nBcc: y", 10), "\u2028Bcc: all@example.org", "=?utf-8?Q?x=0D=0ABcc:_y?=",
           "x\"; y=\"z\r\nBcc: q", std::string(5000, 'x') + "\r\nBcc: y", "\xff\xfe\r\nBcc: y"}) {
    auto request = some_request(folder);
    request.subject = "Fax from " + name;
    request.attachments[0].name = name + ".pdf";
    const std::string bytes = written(request, folder);
    const Mail mail(bytes);
    INFO(bytes.substr(0, 600));
    CHECK(mail.header("Bcc") == "none");
    CHECK_FALSE(has(bytes, "\r\nBcc"));
    CHECK(g_mime_header_list_get_count(g_mime_object_get_header_list(GMIME_OBJECT(mail.message))) == 8);
    const std::string subject = g_mime_message_get_subject(mail.message);
    CHECK(has(bytes, "charset=utf-8"));
    CHECK(subject.rfind("Fax from ", 0) == 0);
    CHECK(subject.find_first_of("\r\n") == std::string::npos);
    const char* file = g_mime_part_get_filename(GMIME_PART(part(mail.body(), 1, "application", "pdf")));
    REQUIRE(file != nullptr);
    CHECK(std::string(file).find_first_of("\r\n") == std::string::npos);
    CHECK(content(part(mail.body(), 1, "application", "pdf")) == some_bytes(300001));
  }
}

TEST_CASE("what is no address, type, id or file is refused with a sentence") {
  const ScratchFolder folder;
  auto request = some_request(folder);
  request.to.emplace_back("x@example.org>\r\nRCPT TO:<y@example.org");
  CHECK(mistake_of(request, folder) ==
        "\"x@example.org>??RCPT TO:<y@example.org\" is no mail address; one would be \"you@example.org\"");
  request = some_request(folder);
  request.message_id = "a b";
  CHECK(mistake_of(request, folder) == "\"a b\" is no Message-ID");
  request = some_request(folder);
  request.attachments[0].type = "pdf";
  CHECK(has(mistake_of(request, folder), "is no type of an attachment"));
  request = some_request(folder);
  request.attachments[0].file = folder.path / "none";
  CHECK(has(mistake_of(request, folder), "cannot open "));
  request = some_request(folder);
  request.attachments[0].file = folder.path;  // a folder opens but cannot be read
  CHECK(has(mistake_of(request, folder), "cannot "));
}

TEST_CASE("a full disk is noticed when a mail is written") {
  const ScratchFolder folder;
  const base::UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CHECK_THROWS_WITH_AS(faxmail::write_message(some_request(folder), full.get()),
                       "cannot write a mail: No space left on device", std::system_error);
}

TEST_CASE("the text tells of a good fax") {
  in_utc();
  const auto fax = some_fax();
  CHECK(faxmail::fax_as_text(fax, faxmail::file_name_of(fax) + ".pdf") ==
        "A fax has come in.\n\n"
        "From:     +4989555, \"Müller\". The machine calls itself \"+49 89 555\".\n"
        "To:       4930123469, on line exchange:/run/x/7.\n"
        "Received: Monday, 23 November 2026, 14:03:00 UTC; the call took 1 minute 12 seconds.\n"
        "Pages:    2 pages.\n"
        "Sent by:  V.17, 14400 bit/s, with error correction (ECM), coded as MMR.\n"
        "Quality:  Perfect: every row arrived as it was sent.\n"
        "\nThe attached file is 4930123469_+4989555_7_2026-11-23_14.03.00_01234567.pdf\n"
        "The name is made up of the number called, the caller's number, the channel, the date and time of "
        "the call (local), and "
        "the first eight digits of the call's id, 0123456789abcdef0123456789abcdef.\n");
}

TEST_CASE("without error correction the text does not claim that a page is perfect") {
  auto fax = some_fax();
  fax.ecm = false;
  const std::string text = faxmail::fax_as_text(fax, "x.pdf");
  CHECK(has(text, "Quality:  Good: no damaged row was found.\n"));
  CHECK_FALSE(has(text, "Perfect"));
}

TEST_CASE("the text says plainly what is missing") {
  in_utc();
  auto fax = some_fax();
  fax.caller_number = fax.caller_name = fax.station_id = fax.called = "";
  fax.complete = false;
  fax.ecm = false;
  fax.sentence = "the caller hung up in page 2";
  fax.pages[0].bad_rows = 14;
  fax.pages[0].longest_bad_run = 6;
  fax.pages[1].rows = 1;
  fax.pages[1].complete = false;
  const std::string text = faxmail::fax_as_text(fax, "x.pdf", "No route is set.");
  for (const char* words :
       {"An incomplete fax has come in.\n\nNo route is set.\n",
        "A number that was not sent. The machine did not say who it is.",
        "A called number that is unknown, on line",
        "2 pages, 1 of them cut off; the caller may have wanted to send more.", "without error correction",
        "14 rows arrived badly.", "This fax is incomplete: the caller hung up in page 2.\n",
        "Page 1: 14 of 2292 rows arrived badly, at most 6 together.\n",
        "Page 2 is cut off: 1 row arrived, its upper part.\n"})
    CHECK_MESSAGE(has(text, words), words, " is missing in:\n", text);
  fax.pages.assign(500, fax.pages[0]);
  CHECK(faxmail::fax_as_text(fax, "x.pdf").size() < 5000);
}

TEST_CASE("nothing a caller sends becomes HTML") {
  auto fax = some_fax();
  fax.caller_name = "<script>alert('x')</script>";
  fax.station_id = "\"><img src=x onerror=y>&";
  fax.sentence = "<b>";
  fax.complete = false;
  const std::string html = faxmail::fax_as_html(fax, "a<b>.pdf", true, "1 < 2");
  CHECK(has(html, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"));
  CHECK(has(html, "&quot;&gt;&lt;img src=x onerror=y&gt;&amp;"));
  CHECK_FALSE(has(html, "<script"));
  CHECK_FALSE(has(html, "<img src=x"));
  CHECK(has(html, "<img src=\"cid:first-page\""));
  CHECK(has(html, "<meta name=\"viewport\" content=\"width=device-width\">"));  // on a telephone's screen
  CHECK(has(html, "max-width:100%"));
  CHECK(has(html, "a&lt;b&gt;.pdf"));
  CHECK(has(html, "1 &lt; 2"));
  CHECK_FALSE(has(faxmail::fax_as_html(fax, "a.pdf", false), "<img"));
}

TEST_CASE("a file name is safe whatever the caller sends") {
  in_utc();
  auto fax = some_fax();
  const auto name_from = [&](const std::string& caller) {
    fax.caller_number = caller;
    return faxmail::file_name_of(fax);
  };
  const std::string tail = "_7_2026-11-23_14.03.00_01234567";
  CHECK(name_from("+4989555") == "4930123469_+4989555" + tail);
  CHECK(name_from("../../etc/passwd") == "4930123469_etcpasswd" + tail);
  CHECK(name_from("") == "4930123469_unknown" + tail);
  CHECK(name_from("..") == "4930123469_unknown" + tail);
  CHECK(name_from("Müller 株式会社") == "4930123469_Mller" + tail);
  CHECK(name_from("a\nb\\c|d;e`f$g") == "4930123469_abcdefg" + tail);
  CHECK(name_from(std::string(200, '9')) == "4930123469_" + std::string(32, '9') + tail);
  fax.called = "/";
  CHECK(name_from("1") == "unknown_1" + tail);
  for (const std::int64_t second : {INT64_MIN, std::int64_t{-1}, INT64_MAX}) {
    fax.started_unix_s = second;
    CHECK(name_from("1").size() == std::string("unknown_1").size() + tail.size());
  }
}
