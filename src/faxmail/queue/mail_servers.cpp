// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/mail_servers.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "src/base/log.hpp"

namespace faxmail {
namespace {

bool contains_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

std::string in_small_letters(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// A server that says these has heard login, sender and recipient: with 421 or 454 it may not have come so far.
bool got_through(const DeliveryResult& result) {
  return std::any_of(result.recipients.begin(), result.recipients.end(), [](const RecipientAnswer& one) {
    const std::string_view code = std::string_view(one.words).substr(0, 3);
    const bool refused = one.answer == Answer::never && code.starts_with("55");
    return one.answer == Answer::delivered || refused || code == "450" || code == "451" || code == "452";
  });
}

}  // namespace

// RFC 3463: X.3.4 message too big for system, X.2.3 message length exceeds administrative limit. 552 without such a code
// is also said of full mailboxes (RFC 5321, 4.2.2).
bool says_too_big(const std::string& words) {
  if (words.size() < 4 || words[0] != '5' || words[3] != ' ') return false;
  const std::string rest = in_small_letters(words.substr(4));
  const std::string code = rest.substr(0, rest.find(' '));
  if (code == "5.3.4" || code == "5.2.3") return true;
  if (!words.starts_with("552") || code.starts_with("5.")) return false;
  return contains_one_of(rest, {"size", "large", "big", "too much mail data"}) &&
         !contains_one_of(rest, {"mailbox", "quota", "full"});
}

std::string name_of(const Smtp& smtp) {
  const std::string host = fmt::format("{}:{}", smtp.server, smtp.port);
  return smtp.name.empty() ? host : fmt::format("{} ({})", host, smtp.name);
}

std::int64_t MailServers::not_before(const Smtp& smtp) const {
  const auto found = troubles_.find(name_of(smtp));
  return found == troubles_.end() ? 0 : found->second.next_try_unix_s;
}

void MailServers::delivery_begins(const Smtp& smtp, const RetryPlan& plan) {
  const auto found = troubles_.find(name_of(smtp));
  if (found != troubles_.end())
    found->second.next_try_unix_s = now_unix_s() + plan.interval_s(found->second.tries, smtp);
}

void MailServers::delivery_ended(const Smtp& smtp, const DeliveryResult& result, const RetryPlan& plan) {
  const std::string server = name_of(smtp);
  if (result.configuration_error) return note_trouble(smtp, result, plan);
  if (got_through(result) && troubles_.erase(server) != 0)
    base::log::write(base::log::Level::notice,
                     fmt::format("{} takes our mail again; what waited in the queue goes on", server));
  // Less than every server must take is no limit but a mistake (or mischief): what it refuses, it refuses.
  if (result.size_limit >= smallest_size_limit) largest_[server] = result.size_limit;
}

void MailServers::note_trouble(const Smtp& smtp, const DeliveryResult& result, const RetryPlan& plan) {
  const std::string server = name_of(smtp);
  const bool is_new = troubles_.count(server) == 0;
  Trouble& trouble = troubles_[server];
  if (!result.recipients.empty()) trouble.words = result.recipients.front().words;
  if (is_new) trouble.since_unix_s = now_unix_s();
  trouble.next_try_unix_s = now_unix_s() + plan.interval_s(++trouble.tries, smtp);
  if (is_new)
    base::log::error(
        "NO MAIL GOES OUT by {}: {}. All its faxes stay in the queue and nothing is lost; mend {} in "
        "dahdi-faxmail.conf, then reload the service. It is tried again now and then, and this is not said "
        "again until it is over",
        server, trouble.words, smtp.name.empty() ? "[smtp]" : "its [[server]]");
}

std::uint64_t MailServers::largest_mail(const Smtp& smtp) const {
  if (smtp.largest_mail_bytes != 0) return smtp.largest_mail_bytes;
  const auto found = largest_.find(name_of(smtp));
  return found == largest_.end() ? 0 : found->second;
}

void MailServers::forget() {
  largest_.clear();
  for (auto& [server, trouble] : troubles_)
    trouble.next_try_unix_s = 0;
}

}  // namespace faxmail
