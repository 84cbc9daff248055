// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/route.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/local_time.hpp"
#include "src/faxmail/route_match.hpp"

namespace faxmail {
namespace {

constexpr std::size_t longest_subject = 400;  // bytes, when filled in

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// What a {word} of a subject stands for; nullopt: nothing.
std::optional<std::string> value_of(std::string_view word, const handoff::FaxRecord& fax) {
  const auto or_unknown = [](const std::string& text) {
    return text.empty() ? std::string("unknown") : text;
  };
  if (word == "caller") return or_unknown(fax.caller_number.empty() ? fax.station_id : fax.caller_number);
  if (word == "called") return or_unknown(fax.called);
  if (word == "pages") return std::to_string(fax.pages.size());
  if (word == "time") return local_time(fax.started_unix_s, "%Y-%m-%d %H:%M");
  if (word == "station_id") return or_unknown(fax.station_id);
  if (word == "name") return or_unknown(fax.caller_name);
  return std::nullopt;
}

// Takes "{word}" off the front of `text`; empty when there is none.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = text.find('}');
  if (text.empty() || text.front() != '{' || end == std::string_view::npos) return {};
  const std::string_view word = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return word;
}

// One pass: a caller who calls himself "{called}" is shown as just that.
std::string filled_in(std::string_view subject, const handoff::FaxRecord& fax) {
  std::string text;
  while (!subject.empty()) {
    std::string_view rest = subject;
    const std::string_view word = take_word(rest);
    if (const auto value = value_of(word, fax)) {
      text += *value;
      subject = rest;
      if (word == "pages" && *value == "1" && subject.starts_with(" pages")) {
        text += " page";
        subject.remove_prefix(6);
      }
      continue;
    }
    text += subject.front();
    subject.remove_prefix(1);
  }
  return base::printable(text, longest_subject);
}

std::string default_from() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "faxmail@localhost";
  const std::string address = std::string("faxmail@") + name.data();
  return valid_address(address) ? address : "faxmail@localhost";
}

const Route* route_for(const handoff::FaxRecord& fax, const Settings& settings) {
  const auto takes = [&](const Route& route) {
    return !(route.to.empty() && route.cc.empty()) && route_takes(route, fax);
  };
  const auto found = std::find_if(settings.routes.begin(), settings.routes.end(), takes);
  return found == settings.routes.end() ? nullptr : &*found;
}

void to_the_operator(Destination& destination, const handoff::FaxRecord& fax, const Settings& settings) {
  destination.to = {settings.operator_address};
  destination.without_route = true;
  destination.note = fmt::format(
      "No route is set for {}, so this fax comes to you, the operator. A [[route]] in "
      "dahdi-faxmail.conf would bring the next one to its reader.",
      fax.called.empty() ? "a call whose called number is unknown" : "the number " + fax.called);
}

// RFC 5321, 4.1.2 without quoted strings: nothing of it can end a command or a header's list.
bool is_local_part(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
  return !text.empty() && text.size() <= 64 && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  others.find(c) != std::string_view::npos;
         });
}

bool is_domain(std::string_view text) {
  const bool literal =
      text.size() > 2 && text.front() == '[' && text.back() == ']';  // [192.0.2.1], [IPv6:2001:db8::1]
  if (literal) text = text.substr(1, text.size() - 2);
  const std::string_view others = literal ? ".:" : ".-_";
  const bool letters = std::all_of(text.begin(), text.end(), [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
  const bool dots =
      text.find("..") == std::string_view::npos && text.substr(0, 1) != "." && text.substr(0, 1) != "-";
  return !text.empty() && letters && dots;
}

}  // namespace

std::string cut_number(std::string_view number, unsigned keep_first, unsigned keep_last) {
  if (keep_first > 0) {
    std::size_t end = 0;
    for (unsigned digits = 0; end < number.size() && digits < keep_first; ++end)
      digits += is_digit(number[end]) ? 1 : 0;
    number = number.substr(0, end);
  }
  const auto digits = static_cast<unsigned>(std::count_if(number.begin(), number.end(), is_digit));
  if (keep_last == 0 || digits <= keep_last) return std::string(number);
  std::size_t start = number.size();
  for (unsigned kept = 0; start > 0 && kept < keep_last;)
    kept += is_digit(number[--start]) ? 1 : 0;
  return std::string(number.substr(start));
}

std::optional<std::string> subject_mistake(std::string_view subject) {
  for (; !subject.empty(); subject.remove_prefix(1)) {
    std::string_view rest = subject;
    const std::string_view word = take_word(rest);
    if (subject.front() == '{' && !value_of(word, {}))
      return fmt::format(
          "the subject has \"{{{}}}\"; it can have {{caller}} {{called}} {{pages}} {{time}} {{station_id}} "
          "and {{name}}",
          base::printable(word));
  }
  return std::nullopt;
}

Destination destination_for(const handoff::FaxRecord& fax, const Settings& settings) {
  Destination destination;
  const Route* route = route_for(fax, settings);
  if (route != nullptr) {
    destination.to = route->to;
    destination.cc = route->cc;
    destination.attach_tiff = route->attach_tiff;
    destination.server = route->server;
  } else if (!settings.default_to.empty()) {
    destination.to = settings.default_to;
  } else {
    to_the_operator(destination, fax, settings);
  }
  destination.from = route != nullptr && !route->from.empty() ? route->from : settings.from;
  if (destination.from.empty()) destination.from = default_from();
  destination.subject =
      filled_in(route != nullptr && !route->subject.empty() ? route->subject : settings.subject, fax);
  return destination;
}

bool valid_address(std::string_view address) {
  if (address.size() > 254) return false;
  const std::size_t at = address.find('@');
  if (at == std::string_view::npos) return is_local_part(address);
  return is_local_part(address.substr(0, at)) && is_domain(address.substr(at + 1));
}

}  // namespace faxmail
