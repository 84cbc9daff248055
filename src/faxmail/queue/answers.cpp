// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/answers.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/queue/mail_json.hpp"

namespace faxmail {
namespace {

using Json = nlohmann::ordered_json;

// Such that an answer fits into a socket's buffer: a mail may have many recipients.
constexpr std::size_t mails_an_answer = 64;
constexpr std::size_t answer_bytes = 32 * 1024;

struct Command {
  std::string_view name;
  bool with_id;
  const char* done;  // in the log; nullptr: it changes nothing
  void (Queue::*act)(const base::CallId& id);
};
constexpr std::array<Command, 6> commands = {{
    {"queue", false, nullptr, nullptr},
    {"show", true, nullptr, nullptr},
    {"retry", true, "is to be tried again at once", &Queue::retry},
    {"hold", true, "is held", &Queue::hold},
    {"release", true, "is released", &Queue::release},
    {"drop", true, "is dropped", &Queue::drop},
}};

struct Request {
  const Command* command;
  std::string id;
  std::string after;
};

const Command& command_of(const Json& request) {
  constexpr const char* known = R"("queue", "show", "retry", "hold", "release" and "drop")";
  const auto found = request.find("command");
  if (found == request.end() || !found->is_string())
    throw base::Failure(R"("command" is missing; there are {})", known);
  const std::string name = found->get<std::string>();
  for (const Command& command : commands)
    if (command.name == name) return command;
  throw base::Failure(R"(there is no command "{}"; there are {})", base::printable(name, 40), known);
}

Request parse(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object())
    throw base::Failure(R"(a request is a JSON object on one line, as in {{"command":"queue"}})");
  Request request{&command_of(json), {}, {}};
  for (const auto& [key, value] : json.items()) {
    if (key == "command") continue;
    std::string& to = request.command->with_id ? request.id : request.after;
    if (key != (request.command->with_id ? "id" : "after"))
      throw base::Failure(R"("{}" has no "{}")", request.command->name, base::printable(key, 40));
    if (!value.is_string()) throw base::Failure(R"("{}" is a text)", key);
    to = value.get<std::string>();
  }
  if (request.command->with_id && request.id.empty())
    throw base::Failure(R"("id" is missing, as in {{"command":"{}","id":"3f0c"}})", request.command->name);
  return request;
}

// Who came first stands first; those whose time is not known before all.
std::string order_of(const base::CallId& id, std::int64_t accepted_unix_ms) {
  return fmt::format("{:016}-{}", std::max<std::int64_t>(accepted_unix_ms, 0), id.text());
}

std::vector<std::pair<std::string, base::CallId>> in_order(const Queue& queue) {
  std::vector<std::pair<std::string, base::CallId>> all;
  for (const auto& [id, job] : queue.jobs())
    all.emplace_back(order_of(id, job.accepted_unix_ms), id);
  for (const auto& [id, why] : queue.unreadable())
    all.emplace_back(order_of(id, 0), id);
  std::sort(all.begin(), all.end());
  return all;
}

Json mail_of(const base::CallId& id, const Queue& queue) {
  const auto job = queue.jobs().find(id);
  return job == queue.jobs().end() ? unreadable_as_json(id, queue.unreadable().at(id))
                                   : mail_as_json(job->second, queue);
}

std::string text_of(const Json& answer) {
  return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json list(const std::string& after, const Queue& queue) {
  Json answer = {{"mails", Json::array()}};
  std::size_t bytes = 0;
  std::string last;
  for (const auto& [order, id] : in_order(queue)) {
    if (order <= after) continue;
    if (answer["mails"].size() == mails_an_answer || bytes > answer_bytes) {
      answer["next"] = last;
      break;
    }
    Json mail = mail_of(id, queue);
    bytes += text_of(mail).size();
    answer["mails"].push_back(std::move(mail));
    last = order;
  }
  answer["troubles"] = troubles_as_json(queue.servers());
  return answer;
}

// The mail whose id begins so.
base::CallId named(std::string text, const Queue& queue) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  std::vector<base::CallId> found;
  for (const auto& [order, id] : in_order(queue))
    if (id.text().starts_with(text)) found.push_back(id);
  const std::string shown = base::printable(text, 40);
  if (found.empty())
    throw base::Failure(
        "no mail in the queue has an id that begins with \"{}\"; \"dahdi-faxmail queue\" shows which there "
        "are",
        shown);
  if (found.size() > 1)
    throw base::Failure(
        "{} mails in the queue have ids that begin with \"{}\", {} and {} among them; say more of it",
        found.size(), shown, found[0].text(), found[1].text());
  return found.front();
}

void check_possible(const Command& command, const base::CallId& id, const Queue& queue) {
  const auto job = queue.jobs().find(id);
  if (command.act == nullptr || command.name == "drop") return;
  if (job == queue.jobs().end())
    throw base::Failure("the state of mail {} cannot be read: {}; it can only be dropped", id.text(),
                        queue.unreadable().at(id));
  const bool held = job->second.hold == Hold::by_operator;
  if (command.name == "retry" && held)
    throw base::Failure("mail {} is held; let it go first: dahdi-faxmail release {}", id.text(), id.text());
  if (command.name == "hold" && held) throw base::Failure("mail {} is held already", id.text());
  if (command.name == "release" && job->second.hold == Hold::none)
    throw base::Failure("mail {} is not held; \"retry\" tries it again at once", id.text());
}

void say(const base::ControlPeer& peer, const std::string& what) {
  if (peer.pid == ::getpid()) return;  // the command itself, which tells its user
  base::log::info("{}, by uid {} (process {})", what, peer.uid, peer.pid);
}

Json act(const Request& request, const base::ControlPeer& peer, Queue& queue) {
  if (request.command->name == "retry" && request.id == "all") {
    const std::size_t mails = queue.size();
    queue.retry_all();
    say(peer, "all mails are to be tried again at once");
    return {{"mails", mails}};
  }
  const base::CallId id = named(request.id, queue);
  check_possible(*request.command, id, queue);
  Json mail = mail_of(id, queue);
  if (request.command->act != nullptr) {
    (queue.*request.command->act)(id);
    say(peer, fmt::format("mail {} {}", id.text(), request.command->done));
    // A try may have begun at once; one that ended it was asked for, and is told of as it was.
    if (queue.jobs().count(id) != 0) mail = mail_of(id, queue);
  }
  return {{"mail", std::move(mail)}};
}

struct ResendWish {
  std::string fax;
  std::vector<std::string> to;
};

// nullopt: another command, or none. Of another form than the others: it names no mail of the queue.
std::optional<ResendWish> resend_wish(std::string_view text) {
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object() || json.value("command", Json()) != "resend") return std::nullopt;
  ResendWish wish;
  try {
    wish.fax = json.at("fax").get<std::string>();
    wish.to = json.at("to").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    throw base::Failure(
        R"("resend" has a "fax" and a list "to", as in {{"command":"resend","fax":"3f0c","to":["you@example.org"]}})");
  }
  for (const auto& [key, value] : json.items())
    if (key != "command" && key != "fax" && key != "to")
      throw base::Failure(R"("resend" has no "{}")", base::printable(key, 40));
  return wish;
}

Json resend(const ResendWish& wish, const base::ControlPeer& peer, Queue& queue) {
  const base::CallId id = queue.resend(wish.fax, wish.to);
  say(peer, fmt::format("fax {} is mailed again as mail {}", base::printable(wish.fax, 256), id.text()));
  return {{"mail", {{"id", id.text()}}}};
}

}  // namespace

std::string queue_answer(std::string_view text, const base::ControlPeer& peer, Queue& queue) {
  try {
    if (const auto wish = resend_wish(text)) return text_of(resend(*wish, peer, queue));
    const Request request = parse(text);
    return text_of(request.command->with_id ? act(request, peer, queue) : list(request.after, queue));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return text_of({{"error", error.what()}});
  }
}

}  // namespace faxmail
