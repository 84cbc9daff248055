// SPDX-License-Identifier: GPL-2.0-or-later
// The answers of the queue for a person.
#include <fmt/format.h>

#include <algorithm>

#include "src/base/remote_text.hpp"
#include "src/faxmail/queue/operate.hpp"

namespace faxmail {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t shortest_id = 8;

// A field as a person reads it; "" when there is none.
std::string shown(const Json& object, const char* field) {
  if (!object.is_object() || !object.contains(field) || object[field].is_null()) return "";
  const Json& value = object[field];
  return base::printable(value.is_string() ? value.get<std::string>()
                                           : value.dump(-1, ' ', false, Json::error_handler_t::replace),
                         700);
}

std::int64_t number(const Json& object, const char* field) {
  return object.is_object() && object.contains(field) && object[field].is_number_integer()
             ? object[field].get<std::int64_t>()
             : -1;
}

std::string span(std::int64_t seconds) {
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 86400) return fmt::format("{}:{:02} h", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

std::string when(const Json& object, const char* field = "next_try_in_s") {
  const std::int64_t seconds = number(object, field);
  if (seconds < 0) return "";
  return seconds == 0 ? "now" : "in " + span(seconds);
}

std::string next_try(const Json& mail) {
  const std::string doing = shown(mail, "doing");
  if (doing == "mailing") return "being mailed";
  return doing.empty() ? when(mail) : "PDF being made";
}

std::string fax_in_words(const Json& mail) {
  if (!mail.contains("fax")) return shown(mail, mail.contains("why") ? "why" : "subject");
  const Json& fax = mail["fax"];
  const auto known = [&](const char* field) {
    const std::string text = shown(fax, field);
    return text.empty() ? std::string("unknown") : text;
  };
  const std::string caller = shown(fax, "caller").empty() ? known("station_id") : shown(fax, "caller");
  std::string text = shown(mail, "kind") == "notice" ? "notice about " : "";
  if (shown(mail, "kind") == "pointer") text = "a word where it is: ";
  if (!shown(mail, "part").empty()) text = shown(mail, "part") + " of ";
  const std::int64_t pages = number(fax, "pages");
  return text + fmt::format("{} to {}, {} page{}", caller, known("called"), std::max<std::int64_t>(pages, 0),
                            pages == 1 ? "" : "s");
}

std::string recipient_in_words(const Json& recipient) {
  std::string state = shown(recipient, "state");
  std::replace(state.begin(), state.end(), '_', ' ');
  const std::int64_t tries = number(recipient, "tries");
  std::string text = fmt::format("{}: {}", shown(recipient, "address"), state);
  if (state == "waiting" && tries > 0)
    text += fmt::format(" ({} {}, next {})", tries, tries == 1 ? "try" : "tries", when(recipient));
  if (!shown(recipient, "last_answer").empty() && state != "delivered")
    text += ", " + shown(recipient, "last_answer");
  return text;
}

// As many digits as tell all apart.
std::size_t id_length(const Json& mails) {
  std::vector<std::string> ids;
  for (const Json& mail : mails)
    ids.push_back(shown(mail, "id"));
  std::sort(ids.begin(), ids.end());
  std::size_t length = shortest_id;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const auto apart = std::mismatch(ids[i].begin(), ids[i].end(), ids[i - 1].begin(), ids[i - 1].end());
    length = std::max<std::size_t>(length, static_cast<std::size_t>(apart.first - ids[i].begin()) + 1);
  }
  return length;
}

std::string line_of(const std::string& format_id, const std::string& age, const std::string& state,
                    const std::string& next, const std::string& fax) {
  return fmt::format("{}  {:<9}  {:<13}  {:<14}  {}\n", format_id, age, state, next, fax);
}

std::string foot(const Json& answer) {
  std::string text;
  for (const Json& trouble : answer.value("troubles", Json::array()))
    text += fmt::format("\nNo mail goes out by {} since {}: {}. Next try {}.\n", shown(trouble, "server"),
                        shown(trouble, "since"), shown(trouble, "words"), when(trouble));
  if (answer.contains("service_runs") && answer["service_runs"] == false)
    text += "\nThe service does not run: nothing is mailed until it starts.\n";
  return text;
}

}  // namespace

std::string queue_table(const Json& answer) {
  const Json mails = answer.value("mails", Json::array());
  if (mails.empty()) return "the queue is empty\n" + foot(answer);
  const std::size_t length = id_length(mails);
  std::string text = line_of(fmt::format("{:<{}}", "ID", length), "AGE", "STATE", "NEXT TRY", "FAX");
  for (const Json& mail : mails) {
    const std::int64_t age_s = number(mail, "age_s");
    text += line_of(shown(mail, "id").substr(0, length), age_s < 0 ? "" : span(age_s), shown(mail, "state"),
                    next_try(mail), fax_in_words(mail));
    for (const Json& recipient : mail.value("recipients", Json::array()))
      text += fmt::format("{:{}}  {}\n", "", length, recipient_in_words(recipient));
  }
  return text + fmt::format("\n{} mail{}\n", mails.size(), mails.size() == 1 ? "" : "s") + foot(answer);
}

std::string mail_in_words(const Json& mail) {
  std::string text;
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{:<12}{}\n", name, value);
  };
  line("ID", shown(mail, "id"));
  line("State", shown(mail, "state"));
  line("Fax", fax_in_words(mail));
  if (mail.contains("fax")) {
    line("Fax's ID", shown(mail["fax"], "id"));
    line("Received", shown(mail["fax"], "received"));
  }
  line("Accepted", shown(mail, "accepted"));
  line("Subject", shown(mail, "subject"));
  line("From", shown(mail, "from"));
  line("No PDF", shown(mail, "no_pdf"));
  line("Next try", next_try(mail));
  line("Folder", shown(mail, "folder"));
  for (const Json& recipient : mail.value("recipients", Json::array()))
    line("To", recipient_in_words(recipient));
  return text;
}

}  // namespace faxmail
