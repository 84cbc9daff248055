// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/operator_mail.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/job.hpp"
#include "src/faxmail/local_time.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_told = 50;   // lines in a mail
constexpr std::size_t most_keys = 200;  // that are remembered
constexpr std::size_t largest_state = 1 << 20;
constexpr std::size_t longest_line = 400;
constexpr std::int64_t told_again_s = 24 * 3600;

std::int64_t now_s() {
  return now_unix_ms() / 1000;
}

}  // namespace

bool OperatorMail::State::knows(const std::string& key) const {
  return std::find(told.begin(), told.end(), key) != told.end();
}

OperatorMail::OperatorMail(base::EventLoop& loop, Spool& spool, const Settings& settings, Accepted accepted)
    : spool_(spool),
      settings_(settings),
      accepted_(std::move(accepted)),
      timer_(loop, CLOCK_BOOTTIME, [this] { mail_what_is_due(); }) {
  base::make_durable_folder(spool_.folder() / "operator", 0770);
  read_states();
}

void OperatorMail::read_states() {
  for (const auto& entry : fs::directory_iterator(spool_.folder() / "operator")) {
    const std::string code = entry.path().stem().string();
    if (entry.path().extension() != ".json" || cause_of(code) == nullptr) continue;
    try {
      const Json json = Json::parse(base::read_file(entry.path(), largest_state));
      State state;
      state.more = json.at("more").get<std::uint64_t>();
      state.last_mail_unix_s = json.at("last_mail_unix_s").get<std::int64_t>();
      state.last_told_unix_s = json.at("last_told_unix_s").get<std::int64_t>();
      state.there = json.at("there").get<bool>();
      state.mail_id = json.at("mail_id").get<std::string>();
      state.told = json.at("told").get<std::vector<std::string>>();
      for (const Json& one : json.at("waiting"))
        state.waiting.push_back({one.at("key").get<std::string>(), one.at("line").get<std::string>(),
                                 one.at("unix_s").get<std::int64_t>()});
      states_[code] = std::move(state);
    } catch (const std::exception& error) {
      base::log::error("{} cannot be read, and what the operator was to hear of it is in the log only: {}",
                       entry.path().string(), error.what());
    }
  }
}

void OperatorMail::save(const std::string& code, const State& state) const {
  Json json = {{"version", 1},
               {"more", state.more},
               {"last_mail_unix_s", state.last_mail_unix_s},
               {"last_told_unix_s", state.last_told_unix_s},
               {"there", state.there},
               {"mail_id", state.mail_id},
               {"told", state.told},
               {"waiting", Json::array()}};
  for (const Entry& one : state.waiting)
    json["waiting"].push_back({{"key", one.key}, {"line", one.line}, {"unix_s", one.unix_s}});
  base::DurableFile file(spool_.folder() / "operator", code + ".json");
  file.write(json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

void OperatorMail::resume() {
  mail_what_is_due();
}

void OperatorMail::report(const Cause& cause, const Incident& incident) {
  State changed = states_[cause.code];
  if (changed.knows(incident.key)) return;
  const std::int64_t now = now_s();
  if (changed.waiting.size() < most_told)
    changed.waiting.push_back(
        {incident.key, local_time(now, "%Y-%m-%d %H:%M:%S  ") + base::printable(incident.line, longest_line),
         now});
  else
    ++changed.more;
  changed.told.push_back(incident.key);
  if (changed.told.size() > most_keys) changed.told.erase(changed.told.begin());
  save(cause.code, changed);
  states_[cause.code] = std::move(changed);
  mail_what_is_due(&incident);
}

void OperatorMail::condition(const Cause& cause, bool there, const std::string& line) {
  State changed = states_[cause.code];
  const std::int64_t now = now_s();
  const bool tell = there && (!changed.there || now - changed.last_told_unix_s >= told_again_s);
  if (there == changed.there && !tell) return;
  changed.there = there;
  if (tell) changed.last_told_unix_s = now;
  save(cause.code, changed);
  states_[cause.code] = std::move(changed);
  if (tell) report(cause, {base::CallId::random().text(), line, {}, {}});
}

// A clock that was set back must not make the operator wait for it.
std::int64_t OperatorMail::due_unix_s(const State& state) const {
  const auto interval = static_cast<std::int64_t>(settings_.operator_interval_s);
  return std::min(state.last_mail_unix_s, now_s()) + interval;
}

void OperatorMail::mail_what_is_due(const Incident* fresh) {
  for (auto& [code, state] : states_) {
    if (state.waiting.empty() || due_unix_s(state) > now_s()) continue;
    try {
      mail(*cause_of(code), state, fresh);
    } catch (const std::exception& error) {
      base::log::error("the operator cannot be told now ({}): {}", cause_of(code)->subject, error.what());
    }
  }
  wake();
}

void OperatorMail::wake() {
  std::int64_t next = INT64_MAX;
  for (const auto& [code, state] : states_)
    if (!state.waiting.empty()) next = std::min(next, due_unix_s(state));
  if (next == INT64_MAX) return timer_.stop();
  timer_.set(std::chrono::seconds(std::clamp<std::int64_t>(next - now_s(), 1, 600)));
}

// First the mail's id is on the disk, then the mail, then the word that it is there: whenever the power goes,
// there is one mail, not two and not none.
void OperatorMail::mail(const Cause& cause, State& state, const Incident* fresh) {
  auto id = base::CallId::parse(state.mail_id);
  if (!id) {
    id = base::CallId::random();
    State planned = state;
    planned.mail_id = id->text();
    save(cause.code, planned);
    state = std::move(planned);
  }
  if (!spool_.knows(*id)) make_job(*id, cause, state, fresh);
  State told = state;
  told.waiting.clear();
  told.more = 0;
  told.mail_id.clear();
  told.last_mail_unix_s = now_s();
  save(cause.code, told);
  state = std::move(told);
  accepted_(*id);
}

void OperatorMail::make_job(const base::CallId& id, const Cause& cause, const State& state,
                            const Incident* fresh) {
  const bool alone = state.waiting.size() == 1 && state.more == 0;
  const bool with_details = alone && fresh != nullptr && fresh->key == state.waiting.front().key;
  std::vector<std::string> lines;
  std::transform(state.waiting.begin(), state.waiting.end(), std::back_inserter(lines),
                 [](const Entry& one) { return one.line; });
  MessageRequest request;
  Job job;
  job.id = id;
  job.folder = spool_.begin_job(id);
  job.step = Step::ready;
  job.kind = Kind::notice;
  job.accepted_unix_ms = job.tried_since_unix_ms = now_unix_ms();
  request.from = job.from = sender_of(settings_);
  request.subject = job.subject =
      alone ? cause.subject : fmt::format("{} ({} times)", cause.subject, lines.size() + state.more);
  request.to = {settings_.operator_address};
  job.recipients = {{settings_.operator_address, RecipientState::waiting, {}, 0, 0}};
  request.text = operator_text(cause, lines, state.more, with_details ? fresh->details : "",
                               alone ? 0 : state.last_mail_unix_s);
  if (with_details) request.attachments = fresh->attachments;
  try {
    write_durably(job, request);
    save_job(job);
    spool_.commit_job(id, state_word(job));
  } catch (...) {
    spool_.abandon_job(id);
    throw;
  }
  base::log::info("{} is told: {} (mail {})", settings_.operator_address, job.subject, id.text());
}

}  // namespace faxmail
