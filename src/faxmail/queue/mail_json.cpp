// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/mail_json.hpp"

#include <fmt/chrono.h>

#include <algorithm>

#include "src/faxmail/compose.hpp"

namespace faxmail {
namespace {

using Json = nlohmann::ordered_json;

std::string utc(std::int64_t unix_s) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(unix_s)));
}

const char* word(Queue::Doing doing) {
  if (doing == Queue::Doing::paper) return "making_pdf";
  return doing == Queue::Doing::mailing ? "mailing" : "";
}

void add_time(Json& json, const char* key, std::int64_t unix_s) {
  const std::string seconds = std::string(key) + "_in_s";
  json[key] = unix_s == never_unix_s ? Json() : Json(utc(unix_s));
  json[seconds] = unix_s == never_unix_s ? Json() : Json(std::max<std::int64_t>(unix_s - now_unix_s(), 0));
}

// The record was good when the fax came; a mail whose record is gone is shown all the same.
void add_fax(Json& json, const Job& job) {
  if (!std::filesystem::exists(job.folder / record_file) && job.kind == Kind::notice) return;  // about no fax
  try {
    const handoff::FaxRecord fax = record_of(job);
    json["fax"] = {{"id", fax.id.text()},          {"caller", fax.caller_number},
                   {"station_id", fax.station_id}, {"called", fax.called},
                   {"pages", fax.pages.size()},    {"received", utc(fax.started_unix_s)}};
  } catch (const std::exception& error) {
    json["fax"] = {{"unreadable", error.what()}};
  }
}

Json recipient_as_json(const Recipient& recipient) {
  Json json = {{"address", recipient.address},
               {"state", word(recipient.state)},
               {"tries", recipient.attempts},
               {"last_answer", recipient.words}};
  add_time(json, "next_try",
           recipient.state == RecipientState::waiting ? recipient.next_try_unix_s : never_unix_s);
  return json;
}

}  // namespace

Json mail_as_json(const Job& job, const Queue& queue) {
  Json json = {{"id", job.id.text()},
               {"kind", word(job.kind)},
               {"state", state_word(job)},
               {"doing", word(queue.doing(job.id))}};
  if (!job.part.empty()) json["part"] = job.part;
  json["accepted"] = utc(job.accepted_unix_ms / 1000);
  json["age_s"] = std::max<std::int64_t>(now_unix_s() - job.accepted_unix_ms / 1000, 0);
  add_time(json, "next_try", queue.next_action_unix_s(job));
  json["subject"] = job.subject;
  json["from"] = job.from;
  json["server"] = name_of(queue.server_of(job));
  if (!job.trouble.empty()) json["no_pdf"] = job.trouble;
  json["folder"] = job.folder.string();
  add_fax(json, job);
  json["recipients"] = Json::array();
  for (const Recipient& one : job.recipients)
    json["recipients"].push_back(recipient_as_json(one));
  return json;
}

Json unreadable_as_json(const base::CallId& id, const std::string& why) {
  return {{"id", id.text()}, {"state", "unreadable"}, {"why", why}};
}

Json troubles_as_json(const MailServers& servers) {
  Json json = Json::array();
  for (const auto& [server, trouble] : servers.troubles()) {
    Json one = {{"server", server}, {"words", trouble.words}, {"since", utc(trouble.since_unix_s)}};
    add_time(one, "next_try", trouble.next_try_unix_s);
    json.push_back(std::move(one));
  }
  return json;
}

}  // namespace faxmail
