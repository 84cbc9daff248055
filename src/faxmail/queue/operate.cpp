// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/queue/operate.hpp"

#include <pwd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "src/base/control_client.hpp"
#include "src/base/errors.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxmail/queue/answers.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;
using namespace std::chrono_literals;

constexpr auto patience = 5s;  // while the service starts, or ends
constexpr std::size_t most_mails = 1'000'000;
constexpr int said_no = 1;
constexpr std::size_t longest_request = 4000;  // bytes: the control socket takes little more in one line

// The queue without its service: nothing runs in it.
struct Alone {
  explicit Alone(const Settings& settings) : spool(settings.spool), queue(loop, spool, settings) {
    queue.stop();
    queue.look();
  }
  base::EventLoop loop;
  Spool spool;
  Queue queue;
};

// What another user writes here the service could not read.
void become_owner_of(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) throw base::system_failure("cannot look at " + folder.string());
  if (status.st_uid == ::geteuid()) return;
  const passwd* owner = ::getpwuid(status.st_uid);
  const std::string name = owner == nullptr ? std::to_string(status.st_uid) : owner->pw_name;
  if (::geteuid() != 0 || owner == nullptr)
    throw base::Failure(
        "the service does not run, and without it only root and the user {} may work with the queue in {}",
        name, folder.string());
  base::sandbox::become_user(name);
}

// Whoever has the queue: the service, or this process.
class Keeper {
 public:
  explicit Keeper(const Settings& settings);
  Json ask(const Json& request);
  [[nodiscard]] bool service_runs() const noexcept { return service_.has_value(); }

 private:
  std::optional<base::ControlClient> service_;
  std::unique_ptr<Alone> alone_;
};

Keeper::Keeper(const Settings& settings) {
  const fs::path socket = settings.spool / Spool::control_name;
  const auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    service_ = base::ControlClient::connect(socket, "dahdi-faxmail");
    if (service_) return;
    struct stat status {};
    if (::stat((settings.spool / "queue").c_str(), &status) != 0)
      throw base::system_failure("there is no queue in " + settings.spool.string() +
                                 " (-C and --spool name another place)");
    become_owner_of(settings.spool);
    try {
      alone_ = std::make_unique<Alone>(settings);
      return;
    } catch (const base::Failure&) {  // the service has the lock, and not yet its socket
      if (std::chrono::steady_clock::now() > until)
        throw base::Failure("dahdi-faxmail has {}, but does not answer at {}", settings.spool.string(),
                            socket.string());
    }
    std::this_thread::sleep_for(100ms);
  }
}

Json Keeper::ask(const Json& request) {
  const std::string text = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  const std::string answer =
      service_ ? service_->ask(text) : queue_answer(text, {::geteuid(), ::getpid()}, alone_->queue);
  Json json = Json::parse(answer, nullptr, false);
  if (!json.is_object()) throw base::Failure("what answers at the control socket is no dahdi-faxmail");
  return json;
}

// Of many mails the service tells some at a time.
Json whole_queue(Keeper& keeper) {
  Json whole = keeper.ask({{"command", "queue"}});
  while (whole.contains("next") && whole["mails"].size() < most_mails) {
    const Json more = keeper.ask({{"command", "queue"}, {"after", whole["next"]}});
    whole.erase("next");
    if (!more.contains("mails")) break;
    for (const Json& mail : more["mails"])
      whole["mails"].push_back(mail);
    if (more.contains("next")) whole["next"] = more["next"];
  }
  whole["service_runs"] = keeper.service_runs();
  return whole;
}

std::string done_text(const QueueWish& wish, const Json& answer, bool service_runs) {
  const std::string later = service_runs ? "" : "; the service does not run, and takes it up when it starts";
  if (answer.contains("mails"))
    return fmt::format("{} mails are tried again{}\n", answer["mails"].get<std::size_t>(), later);
  const Json& mail = answer["mail"];
  const std::string id = mail.value("id", "");
  const bool busy = !mail.value("doing", "").empty();
  if (wish.command == "retry") return fmt::format("{} is tried again at once{}\n", id, later);
  if (wish.command == "release") return fmt::format("{} is released{}\n", id, later);
  if (wish.command == "drop")
    return fmt::format("{} is dropped{}\n", id,
                       busy ? "; it was being worked on at that moment, and may have reached somebody" : "");
  return fmt::format("{} is held until you release it{}\n", id,
                     busy ? "; what is being done for it now is finished" : "");
}

// Whether the user says so.
bool confirmed(const Json& mail) {
  fmt::print(stderr, "{}\nThis mail goes out of the queue for good, whoever has it or not. Drop it? [y/N] ",
             mail_in_words(mail));
  std::string said;
  std::getline(std::cin, said);
  return said == "y" || said == "Y" || said == "yes";
}

int refused(const Json& answer) {
  fmt::print(stderr, "dahdi-faxmail: {}\n", answer["error"].get<std::string>());
  return EX_DATAERR;
}

int run_one(Keeper& keeper, const QueueWish& wish, std::string id, std::FILE* to) {
  if (wish.command == "drop" && !wish.yes) {
    const Json shown = keeper.ask({{"command", "show"}, {"id", id}});
    if (shown.contains("error")) return refused(shown);
    if (!confirmed(shown["mail"])) return fmt::print(stderr, "nothing was dropped\n"), said_no;
    id = shown["mail"].value("id", id);
  }
  Json answer = keeper.ask({{"command", wish.command}, {"id", id}});
  if (answer.contains("error")) return refused(answer);
  answer["service_runs"] = keeper.service_runs();
  if (wish.json)
    fmt::print(to, "{}\n", answer.dump(-1, ' ', false, Json::error_handler_t::replace));
  else
    fmt::print(to, "{}",
               wish.command == "show" ? mail_in_words(answer["mail"])
                                      : done_text(wish, answer, keeper.service_runs()));
  return EX_OK;
}

// The first word is the fax, the others are who gets it.
int run_resend(Keeper& keeper, const QueueWish& wish, std::FILE* to) {
  Json request = {{"command", "resend"}, {"fax", wish.ids.front()}, {"to", Json::array()}};
  for (std::size_t i = 1; i < wish.ids.size(); ++i)
    request["to"].push_back(wish.ids[i]);
  if (request.dump().size() > longest_request)
    throw base::Failure("these are too many people for one mail; call it again for some of them");
  Json answer = keeper.ask(request);
  if (answer.contains("error")) return refused(answer);
  answer["service_runs"] = keeper.service_runs();
  if (wish.json)
    fmt::print(to, "{}\n", answer.dump(-1, ' ', false, Json::error_handler_t::replace));
  else
    fmt::print(to, "{} is in the queue{}\n", answer["mail"].value("id", ""),
               keeper.service_runs() ? "" : "; the service does not run, and mails it when it starts");
  return EX_OK;
}

}  // namespace

int run_queue_command(const Settings& settings, const QueueWish& wish, std::FILE* to) {
  Keeper keeper(settings);
  if (wish.command == "queue") {
    const Json answer = whole_queue(keeper);
    if (answer.contains("error")) return refused(answer);
    if (wish.json)
      fmt::print(to, "{}\n", answer.dump(-1, ' ', false, Json::error_handler_t::replace));
    else
      fmt::print(to, "{}", queue_table(answer));
    return EX_OK;
  }
  if (wish.command == "resend") return run_resend(keeper, wish, to);
  int code = EX_OK;
  for (const std::string& id : wish.ids)
    if (const int one = run_one(keeper, wish, id, to); one != EX_OK) code = one;
  return code;
}

}  // namespace faxmail
