// SPDX-License-Identifier: GPL-2.0-or-later
// mailbox FOLDER PORT SPOOL: mail_sink.hpp as a program, to be killed.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "tests/torture/mail_sink.hpp"

int main(int, char** words) try {
  const torture::MailSink sink(words[1], static_cast<unsigned>(std::stoul(words[2])), words[3]);
  fmt::print("{}\n", sink.port());
  std::fflush(stdout);
  for (;;)
    ::pause();
} catch (const std::exception& error) {
  fmt::print(stderr, "mailbox: {}\n", error.what());
  return 1;
}
