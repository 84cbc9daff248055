// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/smtp_turns.hpp"

#include <doctest/doctest.h>

using faxmail::SmtpTurns;

namespace {

SmtpTurns as_far_as_mail() {
  SmtpTurns turns;
  turns.read("220-hello\r\n220 there\r\n");
  turns.wrote("EHLO me\r\n");
  turns.read("250-you\r\n250-PIPELI");
  turns.read("NING\r\n250 SIZE\r\n");
  turns.wrote("MAIL FROM:<a@x>\r\n");
  turns.read("250 fine\r\n");
  return turns;
}

}  // namespace

TEST_CASE("a session in order, answers in any pieces: nobody spoke out of turn") {
  SmtpTurns turns = as_far_as_mail();
  turns.wrote("RCPT TO:<b@x>\r\nRCPT TO:<c@x>\r\nDATA\r\n");
  turns.read("250 fine\r\n550 n");
  turns.read("o\r\n354 go on\r\n");
  turns.message_begins();
  CHECK(turns.in_message());
  turns.message_ends();
  turns.read("250 stored\r\n");
  turns.wrote("QUIT\r\n");
  turns.read("221 bye\r\n");
  CHECK_FALSE(turns.unasked());
  CHECK_FALSE(turns.endless());
}

TEST_CASE("an answer without a question is seen at once") {
  for (const char* ahead : {"250 x\r\n", "250-x\r\n250 x\r\n", "354\r\n"}) {
    SmtpTurns turns = as_far_as_mail();
    turns.read(ahead);
    CHECK(turns.unasked());
  }
  SmtpTurns with_greeting;
  with_greeting.read("220 hello\r\n250 hello\r\n");
  CHECK(with_greeting.unasked());
}

TEST_CASE("what has no code, or no last line, is no answer yet") {
  for (const char* text : {"hello\r\n", "\r\n", "25\r\n", "250-more\r\n", "250 half"}) {
    SmtpTurns turns = as_far_as_mail();
    turns.read(text);
    CHECK_FALSE(turns.unasked());
  }
}

TEST_CASE("an answer in the middle of the message is out of turn, one to a refused DATA is not") {
  SmtpTurns turns = as_far_as_mail();
  turns.wrote("DATA\r\n");
  turns.read("354 go on\r\n");
  turns.message_begins();
  turns.read("250 stored\r\n");
  CHECK(turns.unasked());

  SmtpTurns refused = as_far_as_mail();
  refused.wrote("DATA\r\n");
  refused.read("554 no\r\n");
  refused.message_begins();
  CHECK_FALSE(refused.in_message());
  CHECK_FALSE(refused.unasked());
}

TEST_CASE("64 KB without a last line are without end, in one line or in many") {
  SmtpTurns one = as_far_as_mail(), many = as_far_as_mail();
  one.wrote("RCPT TO:<b@x>\r\n");
  one.read("250 " + std::string(65000, 'x'));
  CHECK_FALSE(one.endless());
  one.read(std::string(1000, 'x'));
  CHECK(one.endless());
  for (unsigned n = 0; n < 10000; ++n)
    many.read("250-x\r\n");
  CHECK(many.endless());
}
