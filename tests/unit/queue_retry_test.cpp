// SPDX-License-Identifier: GPL-2.0-or-later
// When a mail is tried again: each recipient at his own time, and what our own settings spoil waits for us.
#include <doctest/doctest.h>

#include <set>

#include "src/faxmail/queue/mail_servers.hpp"
#include "src/faxmail/queue/retry_plan.hpp"
#include "tests/unit/log_catcher.hpp"
#include "tests/unit/queue_parts.hpp"

using faxmail::Answer;
using faxmail::DeliveryResult;
using faxmail::MailServers;
using faxmail::RetryPlan;
using faxmail::Smtp;
using namespace queue_parts;

namespace {

DeliveryResult answer(Answer kind, const std::string& words, bool configuration_error = false) {
  DeliveryResult result;
  result.recipients.push_back({"a@example.org", kind, words});
  result.configuration_error = configuration_error;
  return result;
}

}  // namespace

TEST_CASE("intervals grow by half, up to the longest, and differ by up to a tenth from session to session") {
  RetryPlan plan(1);
  Smtp smtp;
  smtp.first_retry_s = 100;
  smtp.longest_retry_s = 1000;
  std::set<std::int64_t> seen;
  for (int session = 0; session < 200; ++session) {
    plan.begin_session();
    double exact = 100;
    for (unsigned attempts = 1; attempts <= 70; ++attempts, exact = std::min(exact * 1.5, 1000.0)) {
      const auto interval = static_cast<double>(plan.interval_s(attempts, smtp));
      CHECK(interval >= exact * 0.9);
      CHECK(interval <= exact * 1.1 + 1);
    }
    CHECK(plan.interval_s(3, smtp) == plan.interval_s(3, smtp));  // those of one session stay together
    seen.insert(plan.interval_s(1, smtp));
  }
  CHECK(seen.size() > 10);
}

TEST_CASE_FIXTURE(
    OfficeWithServer,
    "a recipient who is greylisted is tried again alone, at his own time; who was tried together stays "
    "together") {
  retry_quickly(office.settings().smtp);
  office.settings().routes = {route_to({"a@x.org", "grey-1@x.org", "grey-3@x.org", "grey-3-too@x.org"})};
  REQUIRE(office.start_and_mail_one());
  using Session = std::set<std::string>;
  const auto sessions = server.sessions();
  REQUIRE(sessions.size() == 4);
  CHECK(sessions[0] == Session{"a@x.org", "grey-1@x.org", "grey-3@x.org", "grey-3-too@x.org"});
  CHECK(sessions[1] == Session{"grey-1@x.org", "grey-3@x.org", "grey-3-too@x.org"});
  for (const std::size_t n : {2U, 3U})
    CHECK(sessions[n] == Session{"grey-3@x.org", "grey-3-too@x.org"});
  REQUIRE(server.mails() == 3);
  CHECK(server.mail(2) == server.mail(1));  // byte for byte
  CHECK(server.mail(3) == server.mail(1));
}

TEST_CASE_FIXTURE(OfficeWithServer,
                  "a recipient's next try is his own: the one that was put off more often waits longer") {
  office.settings().smtp.first_retry_s = 1;
  office.settings().smtp.longest_retry_s = 1000;
  office.settings().routes = {route_to({"later@x.org", "b@x.org"})};
  office.start();
  const auto id = office.take();
  REQUIRE(office.run_until([&] { return office.tries(id) == 3; }));
  const Job job = office.job(id);
  CHECK(job.recipients[0].next_try_unix_s >= faxmail::now_unix_s() + 1);
  CHECK(job.recipients[1].state == faxmail::RecipientState::delivered);
  CHECK(job.recipients[1].attempts == 1);
  CHECK(office.state(id) == ".waiting");
}

TEST_CASE(
    "a login that is missing is said once and loud, costs no fax and no further mail its try, and is said "
    "when over") {
  const ScratchFolder folder;
  const std::string certificate = (folder / "cert").string();
  REQUIRE(std::system(fmt::format("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
                                  "-keyout {0} -out {0}.pem 2>/dev/null && cat {0}.pem >> {0}",
                                  certificate)
                          .c_str()) == 0);
  auto server = std::make_unique<SmtpServer>(folder / "store",
                                             std::vector<std::string>{"--login", "--cert", certificate});
  Office office(folder, server->smtp());
  retry_quickly(office.settings().smtp);
  office.settings().smtp.give_up_after_s = 1;  // which would be over, if it were the recipient's fault
  office.settings().routes = {route_to({"a@example.org"})};
  const unit::LogCatcher log;
  office.start();
  const auto first = office.take(), second = office.take();
  REQUIRE(office.run_until([&] { return office.tries(first) + office.tries(second) >= 4; }));
  CHECK(log.times("NO MAIL GOES OUT by 127.0.0.1:") == 1);
  CHECK(log.times("530 5.7.0 Authentication required") == 1);
  CHECK(log.times("is not yet mailed to") == 0);
  CHECK(office.queue().servers().troubles().size() == 1);
  CHECK(office.state(first) == ".waiting");
  CHECK(office.state(second) == ".waiting");
  server->stop();
  server = std::make_unique<SmtpServer>(folder / "store",
                                        std::vector<std::string>{"--port", std::to_string(server->port())});
  office.queue().resume();  // as SIGHUP does
  REQUIRE(office.run_until_empty());
  CHECK(server->mails() == 2);
  CHECK(log.times("takes our mail again") == 1);
  CHECK(office.queue().servers().troubles().empty());
}

TEST_CASE("while our own settings are the trouble, one delivery at a time looks whether it is over") {
  RetryPlan plan(1);
  Smtp smtp;
  smtp.first_retry_s = 100;
  MailServers servers;
  const unit::LogCatcher log;
  CHECK(servers.not_before(smtp) == 0);
  servers.delivery_ended(smtp, answer(Answer::later, "localhost:25 refused the login: 535 no", true), plan);
  CHECK(servers.not_before(smtp) > faxmail::now_unix_s() + 80);
  servers.forget();
  CHECK(servers.not_before(smtp) == 0);
  servers.delivery_begins(smtp, plan);
  CHECK(servers.not_before(smtp) > faxmail::now_unix_s() + 80);  // the others wait for what it finds
  Smtp other = smtp;
  other.server = "other.example.org";
  CHECK(servers.not_before(other) == 0);

  // What says nothing about it, and what shows that it is over.
  for (const char* words :
       {"cannot talk to localhost:25: Connection refused", "421 4.3.2 too many connections",
        "454 4.7.0 TLS not available", "no mail can go to this address"}) {
    servers.delivery_ended(smtp, answer(Answer::later, words), plan);
    CHECK_MESSAGE(servers.troubles().size() == 1, words);
  }
  servers.delivery_ended(smtp, answer(Answer::later, "451 4.7.1 greylisted"), plan);
  CHECK(servers.troubles().empty());
  CHECK(log.times("NO MAIL GOES OUT") == 1);
}

TEST_CASE_FIXTURE(
    OfficeWithServer,
    "the operator's server refuses him, and a colleague is put off: the colleague is tried on") {
  retry_quickly(office.settings().smtp);
  office.settings().operator_address = "refused@x.org";
  office.settings().routes = {route_to({"refused@x.org", "grey-2@x.org"})};
  office.start();
  const auto id = office.take();
  REQUIRE(office.run_until([&] { return office.state(id) == ".undeliverable"; }));
  REQUIRE(server.mails() == 1);
  CHECK(server.envelope(1)["to"] == nlohmann::json({"grey-2@x.org"}));
}

TEST_CASE("a clock that was set back a year ago does not keep a mail for a year") {
  Job job;
  job.recipients.resize(2);
  job.recipients[0].next_try_unix_s = faxmail::now_unix_s() + 365 * 86'400;
  job.recipients[1].next_try_unix_s = job.recipients[0].next_try_unix_s + 1;
  CHECK(faxmail::next_try(job) <= faxmail::now_unix_s());
  CHECK(faxmail::is_due(job.recipients[0]));
  job.recipients[0].next_try_unix_s = faxmail::now_unix_s() + 86'400;
  CHECK(faxmail::next_try(job) == job.recipients[0].next_try_unix_s);
  CHECK_FALSE(faxmail::is_due(job.recipients[0]));
  job.recipients[0].state = job.recipients[1].state = faxmail::RecipientState::delivered;
  CHECK(faxmail::next_try(job) == faxmail::never_unix_s);
}

TEST_CASE("a server's size limit: what it says, what a setting says, and what is no limit but mischief") {
  RetryPlan plan(1);
  Smtp smtp;
  MailServers servers;
  DeliveryResult result = answer(Answer::delivered, "250 fine");
  servers.delivery_ended(smtp, result, plan);
  CHECK(servers.largest_mail(smtp) == 0);
  result.size_limit = 10'240'000;
  servers.delivery_ended(smtp, result, plan);
  CHECK(servers.largest_mail(smtp) == 10'240'000);
  result.size_limit = 1;
  servers.delivery_ended(smtp, result, plan);
  CHECK(servers.largest_mail(smtp) == 10'240'000);
  smtp.largest_mail_bytes = 5'000'000;
  CHECK(servers.largest_mail(smtp) == 5'000'000);
}

TEST_CASE("a mail that is too big is told from a mailbox that is full") {
  for (const char* words :
       {"552 5.3.4 Message size exceeds fixed limit", "552 5.2.3 Your message exceeded our limits",
        "550 5.3.4 too big", "523 5.2.3 length exceeded",
        "552 Error: message size exceeds fixed maximum message size", "552 Error: Too much mail data",
        "552 message too large"})
    CHECK_MESSAGE(faxmail::says_too_big(words), words);
  for (const char* words :
       {"", "552", "552 ", "5", "552 5.2.2 mailbox full", "552 mailbox is full, size limit reached",
        "552 over quota: too big", "452 4.3.4 too big", "550 5.1.1 size does not matter", "250 5.3.4 fine",
        "554 message too large, or so I say", "the mail is 5.3.4"})
    CHECK_MESSAGE(!faxmail::says_too_big(words), words);
}
