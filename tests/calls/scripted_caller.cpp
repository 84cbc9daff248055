// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/calls/scripted_caller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "src/base/errors.hpp"

namespace calls {
namespace {

constexpr unsigned block_ms = 20;
constexpr unsigned between_signals_ms = 75;  // T.30, 5.1: 75 ± 20 ms
constexpr unsigned t4_ms = 3000;             // T.30, 5.4.3.1: 3 s ± 15 % until a command is repeated

std::string joined(const std::vector<std::string>& names) {
  std::string all;
  for (const std::string& name : names)
    all += (all.empty() ? "" : " or ") + name;
  return all;
}

std::string listed(const std::vector<unsigned>& numbers) {
  std::string all;
  for (const unsigned number : numbers)
    all += fmt::format("{}{}", all.empty() ? "" : ",", number);
  return all.empty() ? "none" : all;
}

std::string names_of(const std::vector<Frame>& frames) {
  std::string all;
  for (const Frame& frame : frames)
    all += (all.empty() ? "" : "; ") + frame.name + (frame.line.bad_fcs ? " (bad FCS)" : "");
  return all;
}

}  // namespace

void ScriptedCaller::run() {
  for (const Step& step : story_.steps) {
    try {
      std::visit([this](const auto& action) { take(action); }, step.action);
    } catch (const base::Failure& failure) {
      throw base::Failure("{}:{}: {}", story_.file, step.line, failure.what());
    }
  }
  take(HangUp{});
}

std::string ScriptedCaller::transcript() const {
  std::vector<Note> all = notes_;
  for (const HeardFrame& frame : wire_.ear().frames())
    all.push_back({frame.at_ms, "            called says " + frame.name});
  std::stable_sort(all.begin(), all.end(), [](const Note& a, const Note& b) { return a.at_ms < b.at_ms; });
  std::string text;
  for (const Note& note : all)
    text += fmt::format("{:8.2f} s  {}\n", static_cast<double>(note.at_ms) / 1000, note.words);
  return text;
}

void ScriptedCaller::say(const Samples& samples, std::string words) {
  wire_.say(Samples(samples_of_ms(between_signals_ms)));
  notes_.push_back({wire_.now_ms(), "caller begins " + std::move(words)});
  for (std::size_t at = 0; at < samples.size(); at += samples_per_s) {
    wire_.say(std::span(samples).subspan(at, std::min<std::size_t>(samples_per_s, samples.size() - at)));
    wait(0);
  }
  // Whoever speaks does not hear.
  frames_taken_ = wire_.ear().frames().size();
}

void ScriptedCaller::wait(unsigned blocks) {
  if (blocks != 0) wire_.wait(blocks);
  if (wire_.now_ms() > story_.limit_s * 1000)
    throw base::Failure("the call lasts longer than {} s", story_.limit_s);
}

void ScriptedCaller::take(const Pause& pause) {
  wait((pause.ms + block_ms - 1) / block_ms);
}

void ScriptedCaller::take(const Play& play) {
  say(make(play.sound), "a sound");
}

void ScriptedCaller::take(const Meanwhile& meanwhile) {
  wire_.add_background(make(meanwhile.sound), meanwhile.after_ms);
}

void ScriptedCaller::take(const Level& level) {
  level_dbm0_ = level.dbm0;
}

void ScriptedCaller::take(const Echo& echo) {
  wire_.set_echo(echo.ms, echo.db);
}

void ScriptedCaller::take(const Disk& disk) {
  called_.set_disk(disk.full, disk.slow_ms);
}

void ScriptedCaller::take(const Send& send) {
  std::vector<V21Frame> lines;
  for (Frame frame : send.frames) {
    set_count(frame, last_block_);
    lines.push_back(frame.line);
    if (!frame.agreed) continue;
    if (frame.agreed->coding) agreed_ = *frame.agreed;  // DCS
    agreed_.carrier = frame.agreed->carrier;            // CTC has nothing else
  }
  say(say_v21(lines, send.preamble_ms, level_dbm0_), names_of(send.frames));
}

void ScriptedCaller::take(const Tcf& tcf) {
  const Carrier carrier = carrier_for(tcf.carrier, tcf.talker_echo_tone, true);
  std::mt19937 random(3);
  Bits bits(std::size_t{carrier.bps} * tcf.ms / 1000);
  for (std::uint8_t& bit : bits)
    bit = random() % 100 < tcf.wrong_percent ? 1 : 0;
  say(say_fast(carrier, bits, level_dbm0_), "TCF");
}

void ScriptedCaller::take(const Agree& agree) {
  for (unsigned i = 0; i < most_tries; ++i) {
    take(agree.send);
    take(Tcf{{}, false, 1500, 0});
    const HeardFrame* heard = next_frame(t4_ms);
    if (heard != nullptr && heard->name == "CFR") return;
    if (heard != nullptr && heard->name != "FTT")
      throw base::Failure("heard {} instead of CFR or FTT", heard->name);
  }
  throw base::Failure("no CFR in answer to {} DCS", most_tries);
}

const HeardFrame* ScriptedCaller::answer_to(const Send& command, unsigned repeats) {
  for (unsigned i = 0; i < repeats; ++i) {
    take(command);
    if (const HeardFrame* heard = next_frame(t4_ms)) return heard;
  }
  return nullptr;
}

void ScriptedCaller::take(const Hear& hear) {
  if (hear.hang_up) return hear_hang_up(hear.ms);
  if (hear.names.empty()) return hear_nothing(hear.ms);
  const HeardFrame* heard = next_frame(hear.ms, hear.names);
  const std::string wanted = joined(hear.names);
  if (heard == nullptr && wire_.called_hung_up())
    throw base::Failure("the called side hung up without {}", wanted);
  if (heard == nullptr) throw base::Failure("no {} within {} ms", wanted, hear.ms);
  if (std::find(hear.names.begin(), hear.names.end(), heard->name) == hear.names.end())
    throw base::Failure("heard {} instead of {}", heard->name, wanted);
  if (hear.missing && missing_after(*heard) != *hear.missing)
    throw base::Failure("{} asks for {} and not for {}", heard->name, listed(missing_after(*heard)),
                        listed(*hear.missing));
}

void ScriptedCaller::take(const HangUp&) {
  notes_.push_back(
      {wire_.now_ms(), wire_.called_hung_up() ? "the called side has hung up" : "caller hangs up"});
  wire_.hang_up();
}

void ScriptedCaller::hear_nothing(unsigned ms) {
  if (const HeardFrame* heard = next_frame(ms))
    throw base::Failure("heard {} where nothing should be said", heard->name);
  if (wire_.called_hung_up()) throw base::Failure("the called side hung up");
}

void ScriptedCaller::hear_hang_up(unsigned ms) {
  for (const std::uint64_t end = wire_.now_ms() + ms; wire_.now_ms() < end && !wire_.called_hung_up();)
    wait(1);
  if (!wire_.called_hung_up()) throw base::Failure("the called side did not hang up within {} ms", ms);
}

const HeardFrame* ScriptedCaller::next_frame(unsigned ms, const std::vector<std::string>& names) {
  for (const std::uint64_t end = wire_.now_ms() + ms; wire_.now_ms() <= end && !wire_.called_hung_up();
       wait(1))
    while (frames_taken_ < wire_.ear().frames().size()) {
      const std::size_t number = frames_taken_++;
      const HeardFrame& frame = wire_.ear().frames()[number];
      if (!frame.is_final && std::find(names.begin(), names.end(), frame.name) == names.end()) continue;
      wait_until_quiet();
      return &wire_.ear().frames()[number];
    }
  return nullptr;
}

// A caller speaks when the called side is silent.
void ScriptedCaller::wait_until_quiet() {
  for (const std::uint64_t end = wire_.now_ms() + t4_ms;
       wire_.now_ms() < end && wire_.ear().quiet_ms() < block_ms;)
    wait(1);
}

// T.4, A.4.4: a bit a frame, set for each that is wanted again.
std::vector<unsigned> ScriptedCaller::missing_after(const HeardFrame& ppr) const {
  std::vector<unsigned> missing;
  for (unsigned number = 0; number < (ppr.octets.size() - 1) * 8; ++number)
    if ((ppr.octets[1 + number / 8] >> (number % 8) & 1) != 0 && number < std::max(1U, last_block_.frames))
      missing.push_back(number);
  return missing;
}

}  // namespace calls
