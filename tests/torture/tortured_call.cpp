// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/tortured_call.hpp"

#include <fmt/format.h>

#include <csignal>
#include <thread>

#include "tests/torture/syscall_kill.hpp"

namespace torture {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto dial_again_after = 30ms;
constexpr auto dial_for = 120s;
constexpr auto trace_for = 2000ms;

void kill_now(pid_t pid) {
  if (pid > 0) ::kill(pid, SIGKILL);
}

class TorturedCall {
 public:
  TorturedCall(const Plan& plan, const Station& station, const Trouble& trouble)
      : station_(station), trouble_(trouble), outcome_{plan, false, false, false, {}, ""} {}

  Outcome run();

 private:
  bool dial_and_strike();
  bool reach(Caller& caller);
  void strike(Caller& caller);
  void strike_at_system_call(Caller& caller);
  void hit(Victim victim);
  void note(const nlohmann::json& report);
  [[nodiscard]] std::vector<std::string> command(const std::filesystem::path& fax) const;

  const Station& station_;
  const Trouble& trouble_;
  Outcome outcome_;
  Pair pair_;
};

std::vector<std::string> TorturedCall::command(const std::filesystem::path& fax) const {
  const Plan& plan = outcome_.plan;
  std::vector<std::string> words = {(build_folder() / "src/faxcall/dahdi-faxcall").string(),
                                    "--json",
                                    "-v",
                                    "--line",
                                    station_.lines(),
                                    "--to",
                                    "030",
                                    "--from",
                                    plan.number(),
                                    "--modem",
                                    plan.modem,
                                    "--pace",
                                    fmt::format("{}", plan.pace),
                                    plan.ecm ? "--ecm" : "--no-ecm",
                                    fax};
  if (plan.victim == Victim::caller && plan.when != When::never) {
    words.insert(words.end(),
                 {plan.when == When::after_response ? "--hang-up-after-page" : "--hang-up-in-page",
                  std::to_string(plan.at_page)});
  }
  return words;
}

// Waits for the planned moment. False: the call was over before.
bool TorturedCall::reach(Caller& caller) {
  const Plan& plan = outcome_.plan;
  const Moment moment = plan.when == When::after_response ? Moment::page_response : Moment::page_command;
  for (unsigned page = 0; plan.when != When::any_moment && page < plan.at_page; ++page)
    if (!caller.wait_for(moment)) return false;
  if (plan.when != When::at_system_call) std::this_thread::sleep_for(plan.wait);
  return true;
}

void TorturedCall::hit(Victim victim) {
  switch (victim) {
    case Victim::page:
      return kill_now(pair_.page);
    case Victim::line:
      return kill_now(pair_.line);
    case Victim::pair:
      kill_now(pair_.line);
      return kill_now(pair_.page);
    case Victim::spool:
      return kill_now(station_.spool_process());
    case Victim::supervisor:
      return kill_now(station_.supervisor());
    case Victim::everything:
      return station_.kill_all();
    case Victim::disk:
      trouble_(true);
      std::this_thread::sleep_for(outcome_.plan.wait_after);
      return trouble_(false);
    case Victim::caller:
      return;
  }
}

void TorturedCall::strike_at_system_call(Caller& caller) {
  const Victim victim = outcome_.plan.victim;
  const bool kills_page = victim == Victim::page || victim == Victim::pair || victim == Victim::everything;
  const Traced traced = at_system_call(pair_.page, outcome_.plan.system_call, trace_for, [&] {
    if (!kills_page) strike(caller);
    if (victim == Victim::pair) kill_now(pair_.line);
    return kills_page;
  });
  if (traced == Traced::not_allowed) std::this_thread::sleep_for(outcome_.plan.wait);
  // What is already dead cannot be killed twice.
  if (traced == Traced::not_allowed || (traced == Traced::stopped && kills_page)) strike(caller);
}

void TorturedCall::strike(Caller& caller) {
  outcome_.struck = true;
  hit(outcome_.plan.victim);
  outcome_.in_the_window = caller.page_is_unanswered();
}

// False: nobody answered.
bool TorturedCall::dial_and_strike() {
  const Plan& plan = outcome_.plan;
  Caller caller(command(station_.folder() / (plan.number() + ".tif")), station_.folder(),
                "call" + plan.number());
  const auto ringing = caller.wait_for(Moment::ringing);
  if (!ringing) return false;
  pair_ = station_.pair_of(ringing->line);
  if (!caller.wait_for(Moment::answered)) return false;
  outcome_.answered = true;
  if (plan.when != When::never && plan.victim != Victim::caller && reach(caller)) {
    if (plan.when == When::at_system_call && plan.victim != Victim::disk)
      strike_at_system_call(caller);
    else
      strike(caller);
  }
  note(caller.result());
  return true;
}

void TorturedCall::note(const nlohmann::json& report) {
  const bool ends_line_or_page =
      outcome_.plan.victim <= Victim::pair || outcome_.plan.victim == Victim::everything;
  outcome_.in_the_window = outcome_.in_the_window && ends_line_or_page;
  if (!report.is_object()) return;
  outcome_.story = report.value("sentence", "");
  for (const nlohmann::json& page : report["pages"])
    if (page["confirmed"] == true) outcome_.confirmed.insert(page["number"].get<std::uint16_t>());
}

Outcome TorturedCall::run() {
  const std::filesystem::path fax = station_.folder() / (outcome_.plan.number() + ".tif");
  matrix::write_fax(fax, outcome_.plan.rows());
  const auto end = Clock::now() + dial_for;
  while (!dial_and_strike() && Clock::now() < end)
    std::this_thread::sleep_for(dial_again_after);
  std::filesystem::remove(fax);
  return outcome_;
}

}  // namespace

Outcome torture_call(const Plan& plan, const Station& station, const Trouble& trouble) {
  return TorturedCall(plan, station, trouble).run();
}

}  // namespace torture
