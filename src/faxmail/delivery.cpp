// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/delivery.hpp"

#include <csignal>
#include <cstdlib>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
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

// The answers of a session that had only the good addresses, in their places.
DeliveryResult put_together(DeliveryResult all, const DeliveryResult& spoken) {
  all.configuration_error = spoken.configuration_error;
  all.size_limit = spoken.size_limit;
  auto answer = spoken.recipients.begin();
  for (RecipientAnswer& one : all.recipients)
    if (one.answer == Answer::later) one = *answer++;
  return all;
}

// As Postfix does where TLS is welcome and not required: whoever could spoil the handshake could as well have taken
// STARTTLS out of the server's offer.
DeliveryResult without_tls(const DeliveryRequest& request, const Smtp& smtp, const Heard& heard,
                           const std::string& why) {
  base::log::warning("{}; the mail goes there without TLS (tls = \"required\" in [smtp] forbids that)", why);
  Smtp plain = smtp;
  plain.tls = "off";
  return SmtpSession(request, plain, heard).run();
}

}  // namespace

DeliveryResult deliver(const DeliveryRequest& request, const Smtp& smtp, const Heard& heard) {
  DeliveryResult all;
  const DeliveryRequest checked = only_good_addresses(request, all);
  if (checked.to.empty()) return all;
  static_cast<void>(::signal(SIGPIPE, SIG_IGN));
  // libesmtp looks for certificates of its own below HOME and gives up TLS when it may not; client
  // certificates from there are freed twice.
  ::setenv("XDG_CONFIG_DIR", "/nonexistent", 1);
  const Heard pass_on = [&](const DeliveryResult& spoken) {
    if (heard) heard(put_together(all, spoken));
  };
  SmtpSession session(checked, smtp, pass_on);
  DeliveryResult spoken = session.run();
  if (session.tls_failed() && smtp.tls == "opportunistic")
    spoken = without_tls(checked, smtp, pass_on, session.tls_trouble());
  return put_together(all, spoken);
}

}  // namespace faxmail
