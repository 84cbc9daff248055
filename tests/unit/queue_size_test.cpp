// SPDX-License-Identifier: GPL-2.0-or-later
// Faxes that are too big for a server: in parts, and when nothing helps, told where they are.
#include <doctest/doctest.h>

#include <random>

#include "src/faxmail/paper/work.hpp"
#include "src/faxmail/queue/part_sizes.hpp"
#include "src/faxmail/smtp_watch.hpp"
#include "tests/unit/queue_parts.hpp"

using faxmail::Hold;
using faxmail::Kind;
using faxmail::PageRange;
using faxmail::RecipientState;
using namespace queue_parts;

namespace {

// Noise, which no coding makes small: some 45 KB a page.
void write_noise(const std::filesystem::path& file, unsigned pages, unsigned rows = 200) {
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  REQUIRE(tiff != nullptr);
  std::minstd_rand dice(7);
  for (unsigned page = 0; page < pages; ++page) {
    mail_parts::begin_page(tiff, rows);
    std::vector<unsigned char> row(mail_parts::page_width_pels / 8);
    for (unsigned y = 0; y < rows; ++y) {
      for (unsigned char& byte : row)
        byte = static_cast<unsigned char>(dice() >> 8);
      TIFFWriteScanline(tiff, row.data(), y);
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

base::CallId take_noise(Office& office, unsigned pages, unsigned rows = 200) {
  return office.take_pages(pages, "0301234569",
                           [&](const std::filesystem::path& file) { write_noise(file, pages, rows); });
}

std::vector<std::string> subjects(const SmtpServer& server) {
  std::vector<std::string> all;
  for (unsigned n = 1; n <= server.mails(); ++n) {
    const std::string mail = server.mail(n);
    const std::size_t at = mail.find("\nSubject: ") + 10;
    std::string subject = mail.substr(at, mail.find("\r\n", at) - at);
    if (mail[mail.find("\r\n", at) + 2] == ' ') {  // folded
      const std::size_t more = mail.find("\r\n", at) + 2;
      subject += mail.substr(more, mail.find("\r\n", more) - more);
    }
    all.push_back(subject);
  }
  std::sort(all.begin(), all.end());
  return all;
}

std::size_t pdf_pages(const SmtpServer& server, const ScratchFolder& folder, unsigned mail) {
  const std::string text = server.mail(mail);
  unit::put_file(folder / "mail", text);
  const std::string command = fmt::format(
      "cd {0} && python3 -c \"import email,sys;m=email.message_from_binary_file(open('mail','rb'));"
      "open('mail.pdf','wb').write([p for p in m.walk() if p.get_content_type()=='application/pdf'][0]"
      ".get_payload(decode=True))\" && pdfinfo mail.pdf | sed -n 's/^Pages: *//p' > pages",
      folder.path.string());
  REQUIRE(std::system(command.c_str()) == 0);
  return std::stoul(mail_parts::contents(folder / "pages"));
}

struct SmallServer {
  explicit SmallServer(std::vector<std::string> options = {"--size", "200000"})
      : server(folder / "store", std::move(options)) {
    retry_quickly(office.settings().smtp);
    office.settings().operator_address = "boss@example.org";
    office.settings().routes = {route_to({"a@example.org"})};
  }
  ScratchFolder folder;
  SmtpServer server;
  Office office{folder, server.smtp()};
};

}  // namespace

TEST_CASE_FIXTURE(SmallServer,
                  "a fax above the server's SIZE goes in numbered parts, each below it, all pages once") {
  office.start();
  take_noise(office, 6);
  REQUIRE(office.run_until_empty());
  const std::string subject = "Fax from 0307654321 to 0301234569, 6 pages (part ";
  REQUIRE(server.mails() >= 2);
  const auto parts = static_cast<unsigned>(server.mails());
  std::size_t pages = 0;
  std::vector<std::string> expected;
  for (unsigned n = 1; n <= parts; ++n) {
    CHECK(server.mail(n).size() <= 200'000);
    CHECK(server.envelope(n)["to"] == nlohmann::json({"a@example.org"}));
    pages += pdf_pages(server, folder, n);
    expected.push_back(subject + fmt::format("{} of {})", n, parts));
  }
  CHECK(pages == 6);
  CHECK(subjects(server) == expected);
  // The next one is known to be too big before it is sent.
  const auto sessions = server.sessions().size();
  take_noise(office, 6);
  REQUIRE(office.run_until_empty());
  CHECK(server.mails() == 2 * parts);
  CHECK(server.sessions().size() == sessions + parts);
}

TEST_CASE_FIXTURE(SmallServer, "a setting says how large a mail may be, whatever the server takes") {
  office.settings().smtp.largest_mail_bytes = 150'000;
  office.start();
  take_noise(office, 4);
  REQUIRE(office.run_until_empty());
  REQUIRE(server.mails() >= 3);
  for (unsigned n = 1; n <= server.mails(); ++n)
    CHECK(server.mail(n).size() <= 150'000);
}

TEST_CASE(
    "one recipient's mailbox takes no such mail, and nobody says how large is too large: he gets parts of "
    "parts") {
  SmallServer it({"--too-big", "160000"});
  it.office.settings().routes = {route_to({"a@example.org", "too-big@example.org"})};
  it.office.start();
  take_noise(it.office, 8);
  REQUIRE(it.office.run_until_empty());
  std::size_t whole = 0, pages = 0;
  for (unsigned n = 1; n <= it.server.mails(); ++n) {
    const bool to_all = it.server.envelope(n)["to"] == nlohmann::json({"a@example.org"});
    whole += to_all ? 1 : 0;
    if (to_all) continue;
    CHECK(it.server.envelope(n)["to"] == nlohmann::json({"too-big@example.org"}));
    CHECK(it.server.mail(n).size() <= 160'000);
    pages += pdf_pages(it.server, it.folder, n);
  }
  CHECK(whole == 1);
  CHECK(pages == 8);
}

TEST_CASE_FIXTURE(
    SmallServer,
    "a single page is too big: the recipient is told where it is, the operator too, and it stays until "
    "he drops it") {
  office.start();
  const auto id = take_noise(office, 2, 1000);  // the second page alone is too big as well
  REQUIRE(office.run_until([&] { return office.state(id) == ".too-big" && server.mails() == 2; }));
  for (unsigned n = 1; n <= 2; ++n) {
    const bool to_operator = server.envelope(n)["to"] == nlohmann::json({"boss@example.org"});
    if (!to_operator) CHECK(server.envelope(n)["to"] == nlohmann::json({"a@example.org"}));
    const std::string mail = server.mail(n);
    CHECK(mail.find("application/") == std::string::npos);
    CHECK(mail.find("/archive/0301234569/") != std::string::npos);
    CHECK(mail.find(id.text() + ".too-big/") != std::string::npos);
    if (to_operator) CHECK(mail.find("dahdi-faxmail drop " + id.text()) != std::string::npos);
    if (to_operator) CHECK(mail.find("552") != std::string::npos);
  }
  REQUIRE(office.run_until([&] { return office.queue().size() == 1; }));
  office.end();
  office.start();  // it is told once
  office.run_until([] { return false; }, 1s);
  CHECK(server.mails() == 2);
  CHECK(std::filesystem::exists(office.spool().job_folder(id) / "fax.tif"));
  // A better server: released, it goes whole.
  office.settings().smtp.largest_mail_bytes = 0;
  const SmtpServer better(folder / "better");
  office.settings().smtp.port = better.port();
  office.queue().release(id);
  REQUIRE(office.run_until_empty());
  CHECK(better.mails() == 1);
}

TEST_CASE_FIXTURE(SmallServer, "released to the same server, it is kept again, and nobody is told twice") {
  office.start();
  const auto id = take_noise(office, 1, 1000);
  REQUIRE(office.run_until([&] { return office.state(id) == ".too-big" && office.queue().size() == 1; }));
  office.queue().release(id);
  REQUIRE(office.run_until([&] { return office.state(id) == ".too-big" && office.queue().size() == 1; }));
  CHECK(server.mails() == 2);
}

TEST_CASE_FIXTURE(
    SmallServer,
    "the operator's notice of a refused fax is too big itself: he has it in parts, with the reason") {
  office.settings().routes = {route_to({"refused@example.org"})};
  office.settings().smtp.largest_mail_bytes = 400'000;
  office.start();
  const auto id = take_noise(office, 6);
  REQUIRE(office.run_until([&] { return !office.spool().has_job(id); }));
  office.settings().smtp.largest_mail_bytes = 0;
  REQUIRE(office.run_until_empty());
  REQUIRE(server.mails() >= 2);
  for (unsigned n = 1; n <= server.mails(); ++n) {
    CHECK(server.envelope(n)["to"] == nlohmann::json({"boss@example.org"}));
    CHECK(server.mail(n).find("550 5.1.1 nobody here by that name") != std::string::npos);
  }
}

TEST_CASE_FIXTURE(SmallServer,
                  "killed while the parts are made, or when they are named: each part comes once") {
  office.start();
  const auto id = take_noise(office, 6);
  REQUIRE(office.run_until([&] { return office.job(id).has(RecipientState::too_big); }));
  office.end();  // the child that splits has just begun
  office.start();
  REQUIRE(office.run_until_empty());
  const std::size_t parts = server.mails();
  CHECK(parts >= 2);
  // Named in state.json, one of them there already.
  office.settings().smtp.port = mail_parts::dead_port;
  office.settings().smtp.largest_mail_bytes = 200'000;
  const auto other = take_noise(office, 6);
  REQUIRE(office.run_until([&] { return !office.spool().has_job(other) && office.queue().size() == parts; }));
  office.end();
  office.settings().smtp.port = server.port();
  office.start();
  REQUIRE(office.run_until_empty());
  CHECK(server.mails() == 2 * parts);
}

TEST_CASE("what the child says about the parts is not trusted") {
  const auto ranges = faxmail::parts_from("[[1,3],[4,4],[5,9]]");
  REQUIRE(ranges.size() == 3);
  CHECK(ranges[2].last == 9);
  for (const char* text :
       {"", "[]", "{}", "[[1,3]]", "[[1,3],[5,9]]", "[[1,3],[4,2]]", "[[0,3],[4,5]]", "[[1,3],[4]]",
        "[[1,3],\"x\"]", "[[1,3],[4,-1]]", "[[1,3],[2,5]]", "[[1,3],[4,1e300]]"})
    CHECK_THROWS_AS_MESSAGE(static_cast<void>(faxmail::parts_from(text)), base::Failure, text);
}

TEST_CASE("a PDF that fits: its mail in Base64, with the words, stays below the limit") {
  CHECK(faxmail::largest_pdf_in(10'000, 0) == 0);
  for (const std::uint64_t limit : {64'000UL, 1'000'000UL, 10'240'000UL}) {
    const std::uint64_t pdf = faxmail::largest_pdf_in(limit, 500);
    CHECK(pdf > limit * 50 / 100);
    CHECK(pdf * 78 / 57 < limit);
  }
}

TEST_CASE("SIZE is found in an answer to EHLO, whatever else stands there") {
  CHECK(faxmail::size_in("250-mail.example.org\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250 HELP\r\n") ==
        10'240'000);
  CHECK(faxmail::size_in("250 size 5\r\n") == 5);
  for (const char* text :
       {"", "250", "250-SIZE\r\n250 HELP\r\n", "250-SIZE \r\n", "250 SIZE x\r\n", "250 SIZE 0\r\n",
        "250-SIZER 5\r\n", "550 SIZE 5\r\n", "250 SIZE 99999999999999999999999\r\n", "250 SIZE -5\r\n",
        "250-X SIZE 5\r\n", "\r\n\r\n", "250 SIZ"})
    CHECK_MESSAGE(faxmail::size_in(text) == 0, text);
}
