// SPDX-License-Identifier: GPL-2.0-or-later
// The real dahdi-faxmail and the mail servers that people have: Postfix and OpenSMTPD, as Debian has them. What the user
// gets, what the operator hears, and that the message in the mailbox is byte for byte the one that lay in the queue.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <regex>

#include "tests/mail/faxmail.hpp"
#include "tests/mail/hostile.hpp"
#include "tests/mail/real_server.hpp"
#include "tests/scenario/mail_pages.hpp"
#include "tests/unit/scratch_folder.hpp"

using mail_tests::Arrived;
using mail_tests::Faxmail;
using mail_tests::Queued;
using scenario::eventually;
using scenario::mail_has_pages;

namespace {

const mail_tests::Login login{"fax", "4 geese, \"grey\""};

std::string quoted(const std::string& text) {
  return "'" + text + "'";  // TOML's literal text
}

// A server, and a dahdi-faxmail that finds the way to it when the story opens it.
struct Office {
  explicit Office(std::vector<std::string> to = {"reader@example.org"},
                  std::uint64_t largest_mail_bytes = 10'000'000)
      : faxmail(folder("faxmail"), std::move(to)),
        server(mail_tests::start_server(folder("server"), {login, largest_mail_bytes})) {
    faxmail.start();
  }
  std::filesystem::path folder(const char* name) const {
    std::filesystem::create_directory(scratch / name);
    return scratch / name;
  }
  void open_way(const std::string& password = login.password, const std::string& more = "") {
    faxmail.open_way(server->port(),
                     fmt::format("login = \"{}\"\npassword = {}\nca_file = \"{}\"\n{}", login.name,
                                 quoted(password), (mail_tests::certificates() / "ca.pem").string(), more));
  }
  // What stands there, once there are so many.
  std::vector<Arrived> mailbox(const std::string& name, std::size_t count) {
    std::vector<Arrived> mails;
    const auto are_there = [&] { return (mails = server->mailbox(name)).size() == count; };
    REQUIRE_MESSAGE(eventually(are_there), faxmail.log() << server->log());
    return mails;
  }

  unit::ScratchFolder scratch;
  Faxmail faxmail;
  std::unique_ptr<mail_tests::RealServer> server;
};

// A message travels with CR LF, and a maildir has the lines as its machine writes them: this, and nothing else, changes.
std::string as_filed(const std::string& message) {
  std::string text;
  for (std::size_t i = 0; i < message.size(); ++i)
    if (message.compare(i, 2, "\r\n") != 0) text += message[i];
  return text;
}

bool is_byte_for_byte(const Arrived& mail, const Queued& queued) {
  return mail.message == as_filed(queued.message);
}

void check_each_once(const std::vector<Arrived>& mails, const std::vector<Queued>& queued) {
  CHECK(mails.size() == queued.size());
  for (const Queued& one : queued)
    CHECK(std::count_if(mails.begin(), mails.end(),
                        [&](const Arrived& mail) { return is_byte_for_byte(mail, one); }) == 1);
}

}  // namespace

TEST_CASE(
    "TLS by an authority of one's own, and a login: the mail goes when the authority is named, and as it was "
    "queued") {
  Office office;
  const auto fax = office.faxmail.give_a_page(1);
  const std::vector<Queued> queued = office.faxmail.queued(1);
  office.faxmail.open_way(office.server->port(),
                          fmt::format("login = \"{}\"\npassword = {}\n", login.name, quoted(login.password)));
  CHECK(office.faxmail.log_says("NO MAIL GOES OUT by localhost"));
  CHECK(office.faxmail.log_says("unable to get local issuer certificate"));
  CHECK(office.server->mailbox("reader").empty());
  office.open_way();
  const std::vector<Arrived> mails = office.mailbox("reader", 1);
  check_each_once(mails, queued);
  CHECK(mail_has_pages(mails[0].file, fax.tiff));
  for (const std::string& mark : office.server->marks_of_a_safe_session())
    CHECK_MESSAGE(mails[0].added.find(mark) != std::string::npos, mark << " is not in " << mails[0].added);
  CHECK(eventually([&] { return office.faxmail.queue_is_empty(); }));
}

TEST_CASE("the password is wrong: said once, in the server's words, and nothing is lost; then it is mended") {
  Office office;
  office.faxmail.give_a_page(1);
  office.faxmail.give_a_page(2);
  const std::vector<Queued> queued = office.faxmail.queued(2);
  office.open_way("5 geese");
  CHECK(office.faxmail.log_says("NO MAIL GOES OUT by localhost"));
  CHECK(office.faxmail.log_says("refused the login: 535 "));
  const auto tries = [&] { return scenario::times(office.faxmail.log(), "refused the login: 535 "); };
  CHECK(eventually([&] { return tries() >= 4; }));  // two mails; it is tried again, and not said again
  CHECK(scenario::times(office.faxmail.log(), "NO MAIL GOES OUT") == 1);
  CHECK(office.faxmail.operate({"queue"}).out.find("No mail goes out by localhost") != std::string::npos);
  CHECK(office.faxmail.queued(2).size() == 2);
  CHECK(office.server->mailbox("reader").empty());
  office.open_way();
  check_each_once(office.mailbox("reader", 2), queued);
  CHECK(office.faxmail.log_says("takes our mail again"));
  CHECK(office.server->mailbox("operator").empty());
}

TEST_CASE("a fax is larger than the server takes: it comes in parts, every page once") {
  Office office({"reader@example.org"}, 70'000);
  office.server->put_off({"reader"});  // so that the parts lie in the queue until they are looked at
  const auto fax = office.faxmail.give_ten_pages();
  office.faxmail.queued(1);
  office.open_way();
  REQUIRE(office.faxmail.log_says("is too big for one mail and goes in "));
  std::smatch told;
  const std::string log = office.faxmail.log();
  REQUIRE(std::regex_search(log, told, std::regex(R"(goes in (\d+) parts)")));
  const std::size_t parts = std::stoul(told[1]);
  REQUIRE(parts >= 2);
  const std::vector<Queued> queued = office.faxmail.queued(parts);
  office.server->put_off({});
  const std::vector<Arrived> mails = office.mailbox("reader", parts);
  check_each_once(mails, queued);
  std::map<unsigned, unsigned> pages;  // the first of a part, and its last
  for (const Arrived& mail : mails) {
    CHECK(mail.message.size() <= 70'000);
    const std::regex form(R"(This is part \d+ of \d+: pages? (\d+)( to (\d+))? of 10\.)");
    REQUIRE(std::regex_search(mail.message, told, form));
    const std::string first = told[1], last = told[3].matched ? told[3] : told[1];
    pages[static_cast<unsigned>(std::stoul(first))] = static_cast<unsigned>(std::stoul(last));
    CHECK(mail_has_pages(mail.file, fax.tiff, {"--pages", first + "-" + last}));
  }
  unsigned next = 1;
  for (const auto& [first, last] : pages) {
    CHECK(first == next);
    next = last + 1;
  }
  CHECK(next == 11);
  CHECK(office.server->mailbox("operator").empty());
}

TEST_CASE(
    "one of two recipients is greylisted: the other has his mail at once, and the second mail is the first "
    "one") {
  Office office({"reader@example.org", "second@example.org"});
  office.server->put_off({"second"});
  const auto fax = office.faxmail.give_a_page(1);
  const std::vector<Queued> queued = office.faxmail.queued(1);
  office.open_way();
  const std::vector<Arrived> first = office.mailbox("reader", 1);
  check_each_once(first, queued);
  CHECK(mail_has_pages(first[0].file, fax.tiff));
  CHECK(eventually([&] {
    return office.faxmail.operate({"queue"}).out.find("Greylisted, come again") != std::string::npos;
  }));
  CHECK(office.server->mailbox("second").empty());
  office.server->put_off({});
  check_each_once(office.mailbox("second", 1), queued);
  CHECK(eventually([&] { return office.faxmail.queue_is_empty(); }));
  CHECK(office.server->mailbox("reader").size() == 1);
  CHECK(office.server->mailbox("operator").empty());
}

TEST_CASE(
    "one of two recipients is unknown: the other has his mail, and the operator the fax and the server's "
    "words") {
  Office office({"gone@example.org", "reader@example.org"});
  const auto fax = office.faxmail.give_a_page(1);
  const std::vector<Queued> queued = office.faxmail.queued(1);
  office.open_way();
  check_each_once(office.mailbox("reader", 1), queued);
  const Arrived notice = office.mailbox("operator", 1)[0];
  CHECK(notice.message.find("Subject: Not delivered: ") != std::string::npos);
  CHECK(std::regex_search(notice.message, std::regex(R"(gone@example\.org: 5\d\d \d\.\d\.\d \S)")));
  CHECK(mail_has_pages(notice.file, fax.tiff));
  CHECK(eventually([&] { return office.faxmail.queue_is_empty(); }));
}

TEST_CASE("the server dies in the middle of the queue and comes again: every fax arrives, as it was queued") {
  constexpr unsigned faxes = 12;
  Office office;
  for (unsigned n = 1; n <= faxes; ++n)
    office.faxmail.give_a_page(n);
  const std::vector<Queued> queued = office.faxmail.queued(faxes);
  office.open_way(login.password, "at_once = 1\n");
  REQUIRE(eventually([&] { return !office.server->mailbox("reader").empty(); }));
  office.server->kill();
  CHECK(office.faxmail.log_says("Connection refused"));
  const std::size_t waiting = office.faxmail.mails().size();
  CHECK(waiting > 0);
  office.server->start();
  CHECK(eventually([&] { return office.faxmail.queue_is_empty(); }));
  // What the server had taken it files now; what it had taken and not yet said so comes twice.
  const auto copies = [&](const Queued& one) {
    const std::vector<Arrived> mails = office.server->mailbox("reader");
    return std::count_if(mails.begin(), mails.end(),
                         [&](const Arrived& mail) { return is_byte_for_byte(mail, one); });
  };
  std::int64_t all = 0;
  for (const Queued& one : queued) {
    CHECK(eventually([&] { return copies(one) > 0; }));
    all += copies(one);
  }
  const auto arrived = static_cast<std::int64_t>(office.server->mailbox("reader").size());
  CHECK(all == arrived);  // nothing else, and nothing in halves
  MESSAGE(waiting << " of " << faxes << " waited when the server died; came twice: " << all - faxes);
  CHECK(office.server->mailbox("operator").empty());
}
