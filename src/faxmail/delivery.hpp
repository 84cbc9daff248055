// SPDX-License-Identifier: GPL-2.0-or-later
// One SMTP delivery by libesmtp, with the guards that library needs. To be called in a child process made for
// the one job, killed at its deadline: connect() there has no time-out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "src/faxmail/settings.hpp"

namespace faxmail {

enum class Answer { delivered, later, never };  // 2xx · no connection, 4xx, nothing heard · 5xx

struct RecipientAnswer {
  std::string address;
  Answer answer = Answer::later;
  std::string
      words;  // the server's, printable: "550 5.1.1 no such user"; or what went wrong before it could speak
};

struct DeliveryRequest {
  std::filesystem::path message;  // RFC 5322, CRLF, as written by write_message
  std::string from;
  std::vector<std::string> to;
};
// Answers for every recipient, in order. `configuration_error` is set when login or certificate are the
// trouble.
struct DeliveryResult {
  std::vector<RecipientAnswer> recipients;
  bool configuration_error = false;
  std::uint64_t size_limit =
      0;  // the largest mail that the server says it takes (SIZE, RFC 1870); 0 = not said
};
using Heard = std::function<void(const DeliveryResult&)>;

// `heard` is called with the result as soon as the server has spoken about the message: a connection that then hangs
// on its good-byes must not make the mail be sent again.
DeliveryResult deliver(const DeliveryRequest& request, const Smtp& smtp, const Heard& heard = {});

}  // namespace faxmail
