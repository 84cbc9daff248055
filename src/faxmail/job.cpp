// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/job.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"

namespace faxmail {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_state = 1 << 20;

NLOHMANN_JSON_SERIALIZE_ENUM(Step, {{Step::accepted, "accepted"},
                                    {Step::converted, "converted"},
                                    {Step::ready, "ready"},
                                    {Step::held, "held"}})
NLOHMANN_JSON_SERIALIZE_ENUM(RecipientState, {{RecipientState::waiting, "waiting"},
                                              {RecipientState::delivered, "delivered"},
                                              {RecipientState::refused, "refused"},
                                              {RecipientState::handed, "handed"}})

Json to_json(const Recipient& recipient) {
  return {{"address", recipient.address},
          {"state", Json(recipient.state)},
          {"words", recipient.words},
          {"attempts", recipient.attempts}};
}

Recipient recipient_from(const Json& json) {
  return {json.at("address").get<std::string>(), json.at("state").get<RecipientState>(),
          json.at("words").get<std::string>(), json.at("attempts").get<unsigned>()};
}

Json to_json(const Job& job) {
  Json json = {{"version", 1},
               {"step", Json(job.step)},
               {"notice", job.notice},
               {"has_pdf", job.has_pdf},
               {"trouble", job.trouble},
               {"from", job.from},
               {"subject", job.subject},
               {"accepted_unix_ms", job.accepted_unix_ms},
               {"next_try_unix_s", job.next_try_unix_s},
               {"attempts", job.attempts},
               {"resend_to", job.resend_to},
               {"notice_id", job.notice_id ? job.notice_id->text() : ""},
               {"recipients", Json::array()}};
  for (const Recipient& recipient : job.recipients)
    json["recipients"].push_back(to_json(recipient));
  return json;
}

void fill(Job& job, const Json& json) {
  job.step = json.at("step").get<Step>();
  job.notice = json.at("notice").get<bool>();
  job.has_pdf = json.at("has_pdf").get<bool>();
  job.trouble = json.at("trouble").get<std::string>();
  job.from = json.at("from").get<std::string>();
  job.subject = json.at("subject").get<std::string>();
  job.accepted_unix_ms = json.at("accepted_unix_ms").get<std::int64_t>();
  job.next_try_unix_s = json.at("next_try_unix_s").get<std::int64_t>();
  job.attempts = json.at("attempts").get<unsigned>();
  job.notice_id = base::CallId::parse(json.at("notice_id").get<std::string>());
  if (json.contains("resend_to")) job.resend_to = json.at("resend_to").get<std::vector<std::string>>();
  for (const Json& recipient : json.at("recipients"))
    job.recipients.push_back(recipient_from(recipient));
}

}  // namespace

bool Job::has(RecipientState state) const {
  return std::any_of(recipients.begin(), recipients.end(),
                     [&](const Recipient& one) { return one.state == state; });
}

bool Job::settled() const {
  return step == Step::ready && !has(RecipientState::waiting) && !has(RecipientState::refused);
}

Job load_job(const std::filesystem::path& folder, const base::CallId& id) {
  Job job;
  job.id = id;
  job.folder = folder;
  const std::filesystem::path file = folder / state_file;
  const Json json = Json::parse(base::read_file(file, largest_state), nullptr, false);
  try {
    fill(job, json);
  } catch (const nlohmann::json::exception& error) {
    throw base::Failure("{} does not say what dahdi-faxmail wrote there: {}", file.string(), error.what());
  }
  return job;
}

void save_job(const Job& job) {
  save_job(job, job.folder);
}

void save_job(const Job& job, const std::filesystem::path& folder) {
  base::DurableFile file(folder, state_file);
  file.write(to_json(job).dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

std::int64_t now_unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace faxmail
