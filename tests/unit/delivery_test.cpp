// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/delivery.hpp"

#include <doctest/doctest.h>

#include "src/faxmail/child_work.hpp"
#include "src/faxmail/smtp_watch.hpp"
#include "src/faxmail/workers.hpp"
#include "tests/unit/mail_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

using faxmail::Answer;
using faxmail::DeliveryRequest;
using faxmail::DeliveryResult;
using faxmail::Smtp;
using mail_parts::SmtpServer;
using unit::ScratchFolder;

namespace {

// Lines that begin with dots, a line of 998 bytes, and `lines` of ballast: what SMTP transport can spoil.
std::string message_text(unsigned lines = 10) {
  std::string text =
      "From: fax@example.org\r\nTo: a@example.org\r\nSubject: a fax\r\nDate: Mon, 23 Nov 2026 16:00:00 "
      "+0000\r\n"
      "Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
      ".\r\n..\r\n.a line after a dot\r\n" +
      std::string(998, 'x') + "\r\n";
  for (unsigned i = 0; i < lines; ++i)
    text += fmt::format("{:070}\r\n", i);
  return text;
}

DeliveryRequest request_in(const ScratchFolder& folder, std::vector<std::string> to, unsigned lines = 10) {
  const auto file = folder / "message.eml";
  unit::put_file(file, message_text(lines));
  return {file, "fax@example.org", std::move(to)};
}

// A certificate for "localhost" by itself, and its key, in one file.
std::string self_made_certificate(const ScratchFolder& folder) {
  const std::string file = (folder / "cert.pem").string();
  const std::string command = fmt::format(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
      "subjectAltName=DNS:localhost "
      "-keyout {0}.key -out {0} 2>/dev/null && cat {0} {0}.key > {0}.both",
      file);
  REQUIRE(std::system(command.c_str()) == 0);
  return file;
}

}  // namespace

TEST_CASE("what the server stores is the message, byte for byte") {
  const ScratchFolder folder;
  const SmtpServer server(folder / "store");
  for (const unsigned lines : {10U, 20000U}) {
    CAPTURE(lines);
    const auto before = static_cast<unsigned>(server.mails());
    const DeliveryResult result =
        deliver(request_in(folder, {"a@example.org", "b@example.org"}, lines), server.smtp());
    REQUIRE(result.recipients.size() == 2);
    CHECK(result.recipients[0].answer == Answer::delivered);
    CHECK(result.recipients[1].answer == Answer::delivered);
    REQUIRE(server.mails() == before + 1);
    CHECK(server.mail(before + 1) == message_text(lines));
    CHECK(server.envelope(before + 1)["to"] == nlohmann::json({"a@example.org", "b@example.org"}));
  }
}

TEST_CASE("of three recipients one is refused and one put off, and each answer is its own") {
  const ScratchFolder folder;
  const SmtpServer server(folder / "store");
  const auto result = deliver(request_in(folder, {"refused@x.org", "a@x.org", "later@x.org"}), server.smtp());
  REQUIRE(result.recipients.size() == 3);
  CHECK(result.recipients[0].answer == Answer::never);
  CHECK(result.recipients[0].words == "550 5.1.1 nobody here by that name");
  CHECK(result.recipients[1].answer == Answer::delivered);
  CHECK(result.recipients[2].answer == Answer::later);
  CHECK(result.recipients[2].words == "451 4.2.1 come back later");
  CHECK(server.envelope(1)["to"] == nlohmann::json({"a@x.org"}));
  CHECK_FALSE(result.configuration_error);
}

TEST_CASE("a refusal after the message's bytes is a refusal") {
  const ScratchFolder folder;
  const SmtpServer server(folder / "store");
  CHECK(deliver(request_in(folder, {"data-refused@x.org"}), server.smtp()).recipients[0].answer ==
        Answer::never);
  CHECK(deliver(request_in(folder, {"data-later@x.org"}), server.smtp()).recipients[0].answer ==
        Answer::later);
  CHECK(server.mails() == 0);
}

TEST_CASE("nobody listens: later, with the reason") {
  const ScratchFolder folder;
  Smtp smtp;
  smtp.server = "127.0.0.1";
  smtp.port = mail_parts::dead_port;
  const auto result = deliver(request_in(folder, {"a@x.org"}), smtp);
  CHECK(result.recipients[0].answer == Answer::later);
  CHECK(result.recipients[0].words == "cannot talk to 127.0.0.1:1: Connection refused");
  smtp.server = "no-such-host.invalid";
  CHECK(deliver(request_in(folder, {"a@x.org"}), smtp).recipients[0].answer == Answer::later);
}

TEST_CASE("the server goes away in the middle of the message: later") {
  const ScratchFolder folder;
  const SmtpServer server(folder / "store", {"--drop"});
  const auto result = deliver(request_in(folder, {"a@x.org"}, 50000), server.smtp());
  CHECK(result.recipients[0].answer == Answer::later);
  CHECK_FALSE(result.recipients[0].words.empty());
}

TEST_CASE("an address with a line break never becomes an SMTP command") {
  const ScratchFolder folder;
  const SmtpServer server(folder / "store");
  const std::string evil = "a@x.org>\r\nRCPT TO:<victim@x.org";
  const auto result = deliver(request_in(folder, {evil, "a@x.org"}), server.smtp());
  CHECK(result.recipients[0].answer == Answer::never);
  CHECK(result.recipients[1].answer == Answer::delivered);
  CHECK(server.envelope(1)["to"] == nlohmann::json({"a@x.org"}));
  DeliveryRequest bad_sender = request_in(folder, {"a@x.org"});
  bad_sender.from = "x\r\ny";
  CHECK_THROWS_AS(deliver(bad_sender, server.smtp()), base::Failure);
}

TEST_CASE("with TLS offered the mail goes by TLS, whoever made the certificate; required wants a good one") {
  const ScratchFolder folder;
  const std::string certificate = self_made_certificate(folder);
  const SmtpServer server(folder / "store", {"--cert", certificate + ".both"});
  Smtp smtp = server.smtp();
  CHECK(deliver(request_in(folder, {"a@x.org"}), smtp).recipients[0].answer == Answer::delivered);
  CHECK(server.envelope(1)["tls"] == true);
  CHECK(server.mail(1) == message_text());

  smtp.tls = "required";
  smtp.server = "localhost";
  const auto refused = deliver(request_in(folder, {"a@x.org"}), smtp);
  CHECK(refused.recipients[0].answer == Answer::later);
  CHECK(refused.configuration_error);
  CHECK(refused.recipients[0].words.find("the certificate of localhost") == 0);
  CHECK(server.mails() == 1);

  ::setenv("SSL_CERT_FILE", certificate.c_str(), 1);  // now it is one of the system's authorities
  CHECK(deliver(request_in(folder, {"a@x.org"}), smtp).recipients[0].answer == Answer::delivered);
  smtp.server = "127.0.0.1";  // a good certificate, of somebody else
  CHECK(deliver(request_in(folder, {"a@x.org"}), smtp).configuration_error);
  ::unsetenv("SSL_CERT_FILE");
  CHECK(server.mails() == 2);
}

TEST_CASE("TLS is required and not offered: nothing is sent, and it is our setting's fault") {
  const ScratchFolder folder;
  const SmtpServer server(folder / "store");
  Smtp smtp = server.smtp();
  smtp.tls = "required";
  const auto result = deliver(request_in(folder, {"a@x.org"}), smtp);
  CHECK(result.recipients[0].answer == Answer::later);
  CHECK(result.configuration_error);
  CHECK(server.mails() == 0);
}

TEST_CASE("plaintext behind the answer to STARTTLS ends the session") {
  const ScratchFolder folder;
  const std::string certificate = self_made_certificate(folder);
  const SmtpServer server(folder / "store", {"--inject", "--cert", certificate + ".both"});
  const auto result = deliver(request_in(folder, {"a@x.org"}), server.smtp());
  CHECK(result.recipients[0].answer == Answer::later);
  CHECK(result.recipients[0].words.find("spoke out of turn") != std::string::npos);
}

TEST_CASE("a login works over TLS; a wrong password is our fault and gives no fax back") {
  const ScratchFolder folder;
  const std::string certificate = self_made_certificate(folder);
  const SmtpServer server(folder / "store", {"--login", "--cert", certificate + ".both"});
  ::setenv("SSL_CERT_FILE", certificate.c_str(), 1);
  Smtp smtp = server.smtp();
  smtp.server = "localhost";
  smtp.login = "fax";
  smtp.password = "s3cret";
  CHECK(deliver(request_in(folder, {"a@x.org"}), smtp).recipients[0].answer == Answer::delivered);
  smtp.password = "wrong";
  const auto wrong = deliver(request_in(folder, {"a@x.org"}), smtp);
  CHECK(wrong.recipients[0].answer == Answer::later);
  CHECK(wrong.configuration_error);
  smtp.login.clear();
  smtp.password.clear();
  const auto without = deliver(request_in(folder, {"a@x.org"}), smtp);
  CHECK(without.recipients[0].answer == Answer::later);
  CHECK(without.configuration_error);
  ::unsetenv("SSL_CERT_FILE");
  CHECK(server.mails() == 1);
}

TEST_CASE("a server that says nothing costs its delivery's process, and the answer is later") {
  const ScratchFolder folder;
  const SmtpServer server(folder / "store", {"--silent"});
  const DeliveryRequest request = request_in(folder, {"a@x.org"});
  base::EventLoop loop;
  faxmail::Workers workers(loop);
  faxmail::WorkerEnd end;
  workers.start([&](int output) { return faxmail::deliver_in_child(request, server.smtp(), output); }, 0.5,
                [&](const faxmail::WorkerEnd& how) {
                  end = how;
                  loop.stop(0);
                });
  loop.run();
  CHECK(end.timed_out);
  const auto result = faxmail::result_from(end.output, request, end.in_words());
  REQUIRE(result.recipients.size() == 1);
  CHECK(result.recipients[0].answer == Answer::later);
  CHECK(result.recipients[0].words == "was stopped because its time was up");
}

TEST_CASE("one whole SMTP answer is told from half of one and from one and a half") {
  CHECK(faxmail::is_one_answer("220 go\r\n"));
  CHECK(faxmail::is_one_answer("250-a\r\n250-b\r\n250 c\r\n"));
  for (const char* text :
       {"", "220 go", "250-a\r\n", "220 go\r\n250 evil\r\n", "220 go\r\n2", "hello\r\n", "22\r\n"}) {
    CAPTURE(text);
    CHECK_FALSE(faxmail::is_one_answer(text));
  }
}
