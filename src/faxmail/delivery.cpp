// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/delivery.hpp"

#include <csignal>
#include <cstdlib>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/route.hpp"
#include "src/faxmail/smtp_session.hpp"

namespace faxmail {
namespace {

// A line break in an address would become an SMTP command of somebody else's making: libesmtp does not look.
DeliveryRequest only_good_addresses(const DeliveryRequest& request, DeliveryResult& result) {
  if (!valid_address(request.from))
    throw base::Failure("no mail can be from \"{}\"; set from = \"name@host.example\"",
                        base::printable(request.from));
  DeliveryRequest checked = request;
  checked.to.clear();
  for (const std::string& address : request.to) {
    const bool good = valid_address(address);
    if (good) checked.to.push_back(address);
    result.recipients.push_back(
        {address, good ? Answer::later : Answer::never, good ? "" : "no mail can go to this address"});
  }
  return checked;
}

}  // namespace

DeliveryResult deliver(const DeliveryRequest& request, const Smtp& smtp) {
  DeliveryResult result;
  const DeliveryRequest checked = only_good_addresses(request, result);
  if (checked.to.empty()) return result;
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  // libesmtp looks for certificates of its own below HOME and gives up TLS when it may not; client
  // certificates from there are freed twice.
  ::setenv("XDG_CONFIG_DIR", "/nonexistent", 1);
  const DeliveryResult spoken = SmtpSession(checked, smtp).run();
  result.configuration_error = spoken.configuration_error;
  result.size_limit = spoken.size_limit;
  auto answer = spoken.recipients.begin();
  for (RecipientAnswer& one : result.recipients)
    if (one.answer == Answer::later) one = *answer++;
  return result;
}

}  // namespace faxmail
