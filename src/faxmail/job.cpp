// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/job.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string_view>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"

namespace faxmail {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_state = 1 << 20;
constexpr int format_version = 2;

// In the order of their enums.
constexpr std::array kinds = {"fax", "part", "pointer", "notice"};
constexpr std::array steps = {"accepted", "converted", "ready"};
constexpr std::array holds = {"", "by_operator", "undeliverable", "too_big"};
constexpr std::array recipient_states = {"waiting", "delivered", "refused", "handed", "too_big", "in_parts"};

template <typename Enum, std::size_t count>
const char* word_of(Enum value, const std::array<const char*, count>& words) {
  return words.at(static_cast<std::size_t>(value));
}

template <typename Enum, std::size_t count>
Enum enum_from(const Json& json, const char* key, const std::array<const char*, count>& words) {
  const std::string word = json.at(key).get<std::string>();
  for (std::size_t i = 0; i < count; ++i)
    if (word == words[i]) return static_cast<Enum>(i);
  throw base::Failure("\"{}\" is \"{}\", which it cannot be", key, word);
}

std::string text_of(const std::optional<base::CallId>& id) {
  return id ? id->text() : "";
}

std::optional<base::CallId> id_from(const Json& json, const char* key) {
  return base::CallId::parse(json.at(key).get<std::string>());
}

Json to_json(const Recipient& recipient) {
  return {{"address", recipient.address},
          {"state", word(recipient.state)},
          {"words", recipient.words},
          {"attempts", recipient.attempts},
          {"next_try_unix_s", recipient.next_try_unix_s}};
}

Recipient recipient_from(const Json& json) {
  return {json.at("address").get<std::string>(), enum_from<RecipientState>(json, "state", recipient_states),
          json.at("words").get<std::string>(), json.at("attempts").get<unsigned>(),
          json.at("next_try_unix_s").get<std::int64_t>()};
}

Json to_json(const Part& part) {
  return {{"id", part.id.text()}, {"first", part.pages.first}, {"last", part.pages.last}};
}

Part part_from(const Json& json) {
  const auto id = id_from(json, "id");
  if (!id) throw base::Failure("a part has no id");
  return {*id, {json.at("first").get<std::size_t>(), json.at("last").get<std::size_t>()}};
}

Json to_json(const Job& job) {
  Json json = {{"version", format_version},
               {"kind", word(job.kind)},
               {"step", word_of(job.step, steps)},
               {"hold", word_of(job.hold, holds)},
               {"has_pdf", job.has_pdf},
               {"trouble", job.trouble},
               {"from", job.from},
               {"subject", job.subject},
               {"server", job.server},
               {"note", job.note},
               {"accepted_unix_ms", job.accepted_unix_ms},
               {"tried_since_unix_ms", job.tried_since_unix_ms},
               {"first_page", job.pages.first},
               {"last_page", job.pages.last},
               {"part", job.part},
               {"notice_id", text_of(job.notice_id)},
               {"pointer_id", text_of(job.pointer_id)},
               {"resend_to", job.resend_to},
               {"told_too_big", job.told_too_big},
               {"parts", Json::array()},
               {"recipients", Json::array()}};
  for (const Part& part : job.parts)
    json["parts"].push_back(to_json(part));
  for (const Recipient& recipient : job.recipients)
    json["recipients"].push_back(to_json(recipient));
  return json;
}

void fill(Job& job, const Json& json) {
  if (json.at("version").get<int>() != format_version)
    throw base::Failure("it is of another version of dahdi-faxmail");
  job.kind = enum_from<Kind>(json, "kind", kinds);
  job.step = enum_from<Step>(json, "step", steps);
  job.hold = enum_from<Hold>(json, "hold", holds);
  job.has_pdf = json.at("has_pdf").get<bool>();
  job.trouble = json.at("trouble").get<std::string>();
  job.from = json.at("from").get<std::string>();
  job.subject = json.at("subject").get<std::string>();
  job.note = json.at("note").get<std::string>();
  job.accepted_unix_ms = json.at("accepted_unix_ms").get<std::int64_t>();
  job.tried_since_unix_ms = json.at("tried_since_unix_ms").get<std::int64_t>();
  job.pages = {json.at("first_page").get<std::size_t>(), json.at("last_page").get<std::size_t>()};
  job.part = json.at("part").get<std::string>();
  job.notice_id = id_from(json, "notice_id");
  job.pointer_id = id_from(json, "pointer_id");
  job.told_too_big = json.at("told_too_big").get<bool>();
  for (const Json& part : json.at("parts"))
    job.parts.push_back(part_from(part));
  if (json.contains("server")) job.server = json.at("server").get<std::string>();
  if (json.contains("resend_to")) job.resend_to = json.at("resend_to").get<std::vector<std::string>>();
  for (const Json& recipient : json.at("recipients"))
    job.recipients.push_back(recipient_from(recipient));
}

}  // namespace

const char* word(Kind kind) {
  return word_of(kind, kinds);
}

const char* word(RecipientState state) {
  return word_of(state, recipient_states);
}

const char* state_word(const Job& job) {
  if (job.hold == Hold::by_operator) return "held";
  if (job.hold == Hold::undeliverable) return "undeliverable";
  if (job.hold == Hold::too_big) return "too-big";
  return job.step == Step::ready ? "waiting" : "accepted";
}

bool Job::has(RecipientState state) const {
  return std::any_of(recipients.begin(), recipients.end(),
                     [&](const Recipient& one) { return one.state == state; });
}

bool Job::settled() const {
  return step == Step::ready && !has(RecipientState::waiting) && !has(RecipientState::refused) &&
         !has(RecipientState::too_big);
}

Job load_job(const std::filesystem::path& folder, const base::CallId& id) {
  Job job;
  job.id = id;
  job.folder = folder;
  const std::filesystem::path file = folder / state_file;
  const Json json = Json::parse(base::read_file(file, largest_state), nullptr, false);
  try {
    fill(job, json);
  } catch (const std::runtime_error& error) {
    throw base::Failure("{} does not say what dahdi-faxmail wrote there: {}", file.string(), error.what());
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
