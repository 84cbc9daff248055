// SPDX-License-Identifier: GPL-2.0-or-later
// Mail servers that do what none should: whatever it is, the fax waits or the operator hears of it, within the deadline,
// and nothing counts as delivered that did not arrive byte for byte.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "src/faxmail/smtp_session.hpp"
#include "tests/mail/hostile.hpp"
#include "tests/unit/scratch_folder.hpp"

using faxmail::Answer;
using faxmail::DeliveryRequest;
using faxmail::Smtp;
using mail_tests::Attempt;
using mail_tests::HostileServer;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t small = 3000, large = 1500000, larger_than_buffers = 20000000;

struct Mail {
  explicit Mail(std::size_t bytes) : text(mail_tests::message_text(bytes)) {
    unit::put_file(folder / "message.eml", text);
    request = {folder / "message.eml", "fax@example.org", {"a@example.org"}};
  }
  unit::ScratchFolder folder;
  std::string text;
  DeliveryRequest request;
};

// How it must end, and in which words.
struct Story {
  std::string script;
  Answer answer;
  std::string words;
  bool configuration_error = false;
  bool stopped = false;  // by the deadline
};

void try_all(const std::vector<Story>& stories, std::size_t bytes, double deadline_s,
             const std::function<void(Smtp&)>& change = {}) {
  const Mail mail(bytes);
  std::vector<std::string> scripts;
  for (const Story& one : stories)
    scripts.push_back(one.script);
  const HostileServer server(scripts);
  std::vector<Smtp> servers;
  for (std::size_t i = 0; i < stories.size(); ++i) {
    servers.push_back(server.smtp(i));
    if (change) change(servers.back());
  }
  const std::vector<Attempt> attempts = mail_tests::deliver_each(servers, mail.request, deadline_s);
  for (std::size_t i = 0; i < stories.size(); ++i) {
    const Attempt& attempt = attempts[i];
    CAPTURE(stories[i].script);
    REQUIRE(attempt.result.recipients.size() == 1);
    const faxmail::RecipientAnswer& one = attempt.result.recipients[0];
    CAPTURE(one.words);
    CHECK(static_cast<int>(one.answer) == static_cast<int>(stories[i].answer));
    CHECK(one.words.find(stories[i].words) != std::string::npos);
    CHECK(attempt.result.configuration_error == stories[i].configuration_error);
    CHECK(attempt.timed_out == stories[i].stopped);
    const std::vector<std::string> stored = server.mails(i);
    CHECK(stored.size() == (one.answer == Answer::delivered ? 1 : 0));
    for (const std::string& text : stored)
      CHECK((text == mail.text));  // not printed: it is long
  }
}

}  // namespace

TEST_CASE("good servers of every kind get the message byte for byte, small and large") {
  std::vector<Story> stories;
  for (const char* flags : {"", "p", "c", "pc", "t", "tpc", "tp"})
    stories.push_back({std::string(flags) + "/", Answer::delivered, "250 2.0.0 stored"});
  stories.push_back({"/greeting:byte-by-byte", Answer::delivered, "250 2.0.0 stored"});
  stories.push_back({"p/rcpt:byte-by-byte", Answer::delivered, "250 2.0.0 stored"});
  try_all(stories, small, 20);
  try_all(stories, large, 30);
}

TEST_CASE("a server that says nothing is left at the deadline, and the fax waits") {
  std::vector<Story> stories;
  for (const char* where :
       {"/nobody-accepts", "/greeting:stall", "/ehlo:stall", "t/starttls:stall", "t/tls:stall", "/mail:stall",
        "p/rcpt:stall", "/data:stall", "b/middle:stall", "bc/middle:stall", "/dot:stall", "tc/dot:stall"})
    stories.push_back({where, Answer::later, "its time was up", false, true});
  // But after its last word about the message that word counts, whatever the good-byes are.
  stories.push_back({"/quit:stall", Answer::delivered, "250 2.0.0 stored"});
  stories.push_back({"tpc/quit:stall", Answer::delivered, "250 2.0.0 stored"});
  try_all(stories, large, 4);
}

TEST_CASE("a server that goes away costs one attempt, at whatever stage it goes") {
  std::vector<Story> stories;
  for (const char* action : {"drop", "reset"})
    for (const char* where : {"/greeting", "/ehlo", "t/starttls", "/mail", "/rcpt", "p/rcpt", "/data",
                              "p/data", "/middle", "c/middle", "tc/middle", "/dot", "c/dot", "t/dot"})
      stories.push_back({fmt::format("{}:{}", where, action), Answer::later, ""});
  for (const char* where : {"/quit:drop", "/quit:reset", "t/quit:drop", "/quit:421", "/quit:550"})
    stories.push_back({where, Answer::delivered, "250 2.0.0 stored"});
  try_all(stories, large, 20);
}

TEST_CASE("421 at any point: the fax waits, with the server's words") {
  std::vector<Story> stories;
  for (const char* where :
       {"/greeting", "/ehlo", "/mail", "p/mail", "/rcpt", "p/rcpt", "/data", "p/data", "/dot", "c/dot"})
    stories.push_back({std::string(where) + ":421", Answer::later, "421 4.3.2 going down"});
  try_all(stories, small, 20);
}

TEST_CASE("a refusal is one when it is about the mail, and only then") {
  const std::string never = "550 5.7.0 never";
  // A server may want the message of no recipients, and then refuses that.
  try_all({{"/greeting:550", Answer::later, never},
           {"/ehlo:550", Answer::later, never},
           {"/mail:550", Answer::never, never},
           {"p/mail:550", Answer::never, never},
           {"/rcpt:550", Answer::never, never},
           {"p/rcpt:550", Answer::never, never},
           {"/data:550", Answer::never, never},
           {"/dot:550", Answer::never, never},
           {"c/dot:550", Answer::never, never},
           {"/rcpt:450", Answer::later, "450 4.2.0 not just now"},
           {"/dot:450", Answer::later, "450 4.2.0 not just now"},
           {"/mail:530", Answer::later, "530 5.7.0 log in first", true},
           {"/rcpt:530", Answer::later, "530 5.7.0 log in first", true}},
          small, 20);
}

TEST_CASE("what is no SMTP is no yes") {
  std::vector<Story> stories;
  for (const char* where :
       {"/greeting", "/ehlo", "/mail", "p/rcpt", "/rcpt", "/data", "p/data", "/dot", "c/dot"})
    for (const char* action : {"wrong", "number", "words"})
      if (std::string(where) + action != "/datawrong")
        stories.push_back({fmt::format("{}:{}", where, action), Answer::later, ""});
  try_all(stories, small, 3);
}

TEST_CASE("a server's words reach log and operator printable, whatever bytes they were") {
  const Mail mail(small);
  const HostileServer server({"/rcpt:binary"});
  const auto attempt = mail_tests::deliver_one(server.smtp(), mail.request);
  CHECK(attempt.result.recipients[0].answer == Answer::never);
  const std::string& words = attempt.result.recipients[0].words;
  CAPTURE(words);
  CHECK(words.starts_with("550 5.1.1 "));
  for (const char c : words)
    CHECK((static_cast<unsigned char>(c) >= ' ' && c != '\x7f'));
}

TEST_CASE("an answer without end ends the session") {
  std::vector<Story> stories;
  for (const char* where : {"/greeting", "/ehlo", "p/rcpt", "/data", "/dot", "tc/dot"})
    for (const char* action : {"endless-line", "endless-lines"})
      stories.push_back({fmt::format("{}:{}", where, action), Answer::later, ""});
  try_all(stories, small, 20);
}

TEST_CASE("a server that answers what was not asked has taken nothing") {
  std::vector<Story> stories;
  for (const char* where : {"/greeting:ahead", "p/greeting:ahead", "/greeting:twice", "/ehlo:twice",
                            "/mail:twice", "/rcpt:twice"})
    stories.push_back({where, Answer::later, "spoke out of turn"});
  try_all(stories, small, 20);
}

// What the kernels between still hold counts as sent: so a message larger than their buffers.
TEST_CASE("250 for half a message is no 250") {
  try_all({{"/middle:250-and-read-on", Answer::later, "half of it"},
           {"/middle:250-and-drop", Answer::later, ""},
           {"t/middle:250-and-read-on", Answer::later, "half of it"},
           {"c/middle:250-and-drop", Answer::later, ""},
           {"ct/middle:250-and-drop", Answer::later, ""},
           {"/middle:552", Answer::never, "552 5.3.4 too much"}},
          larger_than_buffers, 30);
}

TEST_CASE("a stall in the middle of a message makes no hole in it") {
  const Mail mail(larger_than_buffers);
  const HostileServer server({"/middle:stall-2.5", "c/middle:stall-2.5"});
  for (const std::size_t i : {0U, 1U}) {
    const Attempt patient = mail_tests::deliver_one(server.smtp(i), mail.request, 30);
    CHECK(patient.result.recipients[0].answer == Answer::delivered);
    REQUIRE(server.mails(i).size() == 1);
    CHECK((server.mails(i)[0] == mail.text));
  }
  // As if the stall had been longer than any time-out: libesmtp's write gives up after 0.2 s, drops what it could not
  // write, and would go on to the closing dot.
  const HostileServer impatient({"/middle:stall-2.5", "t/middle:stall-2.5"});
  for (const std::size_t i : {0U, 1U}) {
    const auto result = faxmail::SmtpSession(mail.request, impatient.smtp(i), {}, {200ms, 100ms}).run();
    CHECK(result.recipients[0].answer == Answer::later);
    CHECK(impatient.mails(i).empty());
    CHECK(impatient.session(i)["ended"] == false);
  }
}

TEST_CASE("TLS: 200 sessions in a row with a server that would rather speak TLS 1.3, and none hangs") {
  const Mail mail(small);
  const HostileServer server({"t/"});
  Smtp smtp = server.smtp();
  smtp.tls = "required";
  smtp.ca_file = mail_tests::certificates() / "ca.pem";
  unsigned delivered = 0;
  for (unsigned n = 0; n < 200; ++n)  // in one process, as libesmtp's own TLS does not survive
    delivered += deliver(mail.request, smtp).recipients[0].answer == Answer::delivered ? 1 : 0;
  CHECK(delivered == 200);
  const auto session = server.session(0, 200);
  CHECK(session["tls"] == "TLSv1.2");
  CHECK(session["sni"] == "localhost");
}

TEST_CASE(
    "TLS required: only the right name, by the right authority, at the right time; else it is a setting's "
    "fault") {
  const Mail mail(small);
  const std::string authority = mail_tests::certificates() / "ca.pem";
  struct Certificate {
    const char* name;
    std::string ca_file;
    const char* trouble;
  };
  for (const Certificate& one : {Certificate{"good", authority, nullptr},
                                 {"good", "", "unable to get local issuer certificate"},
                                 {"self", authority, "self-signed certificate"},
                                 {"other", authority, "hostname mismatch"},
                                 {"expired", authority, "certificate has expired"}}) {
    CAPTURE(one.name);
    const HostileServer server({"t/"}, one.name);
    Smtp smtp = server.smtp();
    CHECK(mail_tests::deliver_one(smtp, mail.request).result.recipients[0].answer ==
          Answer::delivered);  // welcome
    smtp.tls = "required";
    smtp.ca_file = one.ca_file;
    const auto required = mail_tests::deliver_one(smtp, mail.request).result;
    CAPTURE(required.recipients[0].words);
    if (one.trouble == nullptr) {
      CHECK(required.recipients[0].answer == Answer::delivered);
      continue;
    }
    CHECK(required.recipients[0].answer == Answer::later);
    CHECK(required.configuration_error);
    CHECK(required.recipients[0].words.find(one.trouble) != std::string::npos);
    CHECK(server.mails().size() == 1);
  }
}

TEST_CASE(
    "TLS that fails: welcome TLS falls back to none, required TLS waits, and an injected answer ends both") {
  const Mail mail(small);
  const HostileServer server({"t/tls:garbage", "t/tls:drop", "t3/", "t/starttls:450", "t/starttls:inject",
                              "t/starttls:inject-half", "/"});
  for (std::size_t i = 0; i < 7; ++i) {
    CAPTURE(i);
    Smtp smtp = server.smtp(i);
    const bool injected = i == 4 || i == 5;
    const auto welcome = mail_tests::deliver_one(smtp, mail.request).result;
    CAPTURE(welcome.recipients[0].words);
    CHECK((welcome.recipients[0].answer == Answer::delivered) == !injected);
    if (injected) CHECK(welcome.recipients[0].words.find("spoke out of turn") != std::string::npos);
    smtp.tls = "required";
    smtp.ca_file = mail_tests::certificates() / "ca.pem";
    const auto required = mail_tests::deliver_one(smtp, mail.request).result;
    CHECK(required.recipients[0].answer == Answer::later);
    CHECK(server.mails(i).size() == (injected ? 0 : 1));
  }
}

TEST_CASE("logins: a refusal is a setting's fault, whatever comes after it; a server that goes away is not") {
  const auto log_in = [](Smtp& smtp) {
    smtp.login = "fax";
    smtp.password = "s3cret";
    smtp.tls = "required";
    smtp.ca_file = mail_tests::certificates() / "ca.pem";
  };
  try_all({{"ta/", Answer::delivered, "250"},
           {"ta/auth:535", Answer::later, "535 5.7.8 wrong password", true},
           {"ta/auth:550", Answer::later, "550 5.7.0 never", true},
           {"ta/auth:drop", Answer::later, ""},
           {"ta/auth:421", Answer::later, "421 4.3.2 going down"},
           {"ta/auth:450", Answer::later, "450 4.2.0 not just now"},
           {"a/", Answer::later, "offers no TLS", true}},
          small, 20, log_in);
}

TEST_CASE(
    "no certificate of this machine's is shown to a server that asks for one, and HOME does not matter") {
  const Mail mail(small);
  const unit::ScratchFolder home;
  for (const char* folder : {"", ".authenticate", ".authenticate/localhost"}) {
    std::filesystem::create_directories(home / folder);
    for (const char* name : {"ca.pem", "private/smtp-starttls.pem"}) {
      std::filesystem::create_directories((home / folder / name).parent_path());
      unit::put_file(home / folder / name, unit::text_in(mail_tests::certificates() / "good.pem"));
    }
  }
  ::setenv("HOME", home.path.c_str(), 1);
  const HostileServer server({"tv/"});
  CHECK(mail_tests::deliver_one(server.smtp(), mail.request).result.recipients[0].answer ==
        Answer::delivered);
  CHECK(server.session()["certificate"] == false);
}
