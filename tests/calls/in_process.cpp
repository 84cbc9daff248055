// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/in_process.hpp"

#include <fmt/format.h>

#include "src/base/errors.hpp"
#include "tests/calls/expectations.hpp"
#include "tests/calls/scripted_caller.hpp"

namespace calls {
namespace {

constexpr unsigned blocks_to_empty = 500;  // 10 s, more than any verdict in a story takes after a hang-up

// Commands after which MCF means a page. PPS-NULL's MCF is a block's (T.4, A.4.4.1).
bool is_page_command(const std::string& name, std::span<const std::uint8_t> octets) {
  if (name == "PPS") return octets.size() > 1 && octets[1] != 0;
  return name == "EOP" || name == "MPS" || name == "EOM" || name.starts_with("PRI-");
}

}  // namespace

void PromiseSink::frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept {
  MemorySink::frame(said_by_us, octets);
  frame_times_ms.push_back(now_ms);
  const std::string& name = frames.back().name;
  if (!said_by_us && name != "RR" && name != "CRP")
    last_command_ = is_page_command(name, octets) ? name : std::string();
  if (!said_by_us || name != "MCF" || last_command_.empty()) return;
  const bool is_kept = !pages.empty() && verdicts_given_ == pages.size() &&
                       pages.back().verdict != t30::Verdict::not_stored &&
                       pages.back().verdict != t30::Verdict::empty;
  if (!is_kept) broke_promise_ = true;
}

std::optional<t30::Verdict> PromiseSink::given_verdict() noexcept {
  const auto verdict = due_verdict();
  if (verdict) verdicts_given_ = pages.size();
  return verdict;
}

ReceiverSide::ReceiverSide(const t30::Settings& settings) : receiver_(sink_) {
  receiver_.start(settings);
}

void ReceiverSide::block(std::span<const std::int16_t> heard, std::span<std::int16_t> said) {
  receiver_.pump();
  if (const auto verdict = sink_.given_verdict()) receiver_.verdict(*verdict);
  receiver_.block(heard, said);
  sink_.now_ms += 20;
}

bool ReceiverSide::has_hung_up() const {
  return receiver_.outcome() != t30::Outcome::none;
}

void ReceiverSide::caller_hung_up() {
  receiver_.line_dropped();
  for (unsigned i = 0; i < blocks_to_empty && (receiver_.has_unsent_bytes() || receiver_.awaits_verdict());
       ++i) {
    receiver_.pump();
    if (const auto verdict = sink_.given_verdict()) receiver_.verdict(*verdict);
  }
}

void ReceiverSide::set_disk(bool full, unsigned slow_ms) {
  sink_.disk_is_full = full;
  sink_.verdict_delay_blocks = static_cast<int>(slow_ms / 20);
}

std::string ReceiverSide::understood() const {
  std::string text = "the called side understood:\n";
  for (std::size_t i = 0; i < sink_.frames.size(); ++i)
    if (!sink_.frames[i].said_by_us)
      text += fmt::format("{:8.2f} s  {}\n", static_cast<double>(sink_.frame_times_ms[i]) / 1000,
                          sink_.frames[i].name);
  return text;
}

Told tell(const Story& story) {
  Told told;
  ReceiverSide called(story.settings);
  ScriptedCaller caller(story, called);
  try {
    caller.run();
  } catch (const base::Failure& failure) {
    told.untrue.emplace_back(failure.what());
    called.caller_hung_up();
  }
  for (std::string& sentence : unmet(story, called, caller.ear()))
    told.untrue.push_back(std::move(sentence));
  told.transcript = caller.transcript() + called.understood();
  return told;
}

}  // namespace calls
