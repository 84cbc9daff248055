// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxcall/call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "src/base/errors.hpp"

namespace faxcall {
namespace {

constexpr double ringing_limit_s = 60;
// No page of a fax takes longer: 64 KB, a page of dense halftone in MMR, take 218 s at 2400 bit/s.
constexpr double longest_page_s = 600;
constexpr double longest_rest_s = 300;
constexpr std::int64_t block_ns = 20'000'000;

std::int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

double seconds(std::uint64_t blocks) {
  return static_cast<double>(blocks * hw::samples_per_block) / static_cast<double>(hw::samples_per_second);
}

SndfileHandle open_recording(const std::filesystem::path& file) {
  if (file.empty()) return {};
  SndfileHandle handle(file.string(), SFM_WRITE, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 2,
                       static_cast<int>(hw::samples_per_second));
  if (handle.error() != SF_ERR_NO_ERROR)
    throw base::Failure("cannot write the recording {}: {}.", file.string(), handle.strError());
  return handle;
}

std::string sentence(const PageReport& page, int of) {
  const PageFormat& format = page.format;
  return fmt::format("page {} of {} {}: {} rows, {}, {} {} bit/s, {}, {}: {}", page.number, of,
                     page.confirmed ? "confirmed" : "NOT confirmed", page.rows, format.resolution,
                     name(format.modem), format.bits_per_s, format.ecm ? "ECM" : "no ECM",
                     name(format.coding), page.response);
}

}  // namespace

std::string_view name(Outcome outcome) noexcept {
  constexpr std::array<std::string_view, 9> names{"all_confirmed", "not_all_confirmed", "line_hung_up",
                                                  "we_hung_up",    "said_nothing",      "no_answer",
                                                  "busy",          "no_line",           "too_long"};
  static_assert(!names.back().empty());  // one for each
  return names.at(static_cast<std::size_t>(outcome));
}

int CallResult::confirmed() const {
  return static_cast<int>(
      std::count_if(pages.begin(), pages.end(), [](const PageReport& page) { return page.confirmed; }));
}

Call::Call(const Options& options, int pages_in_file, Watcher watcher)
    : options_(options),
      pages_in_file_(pages_in_file),
      watcher_(std::move(watcher)),
      fax_(options.fax, listener()),
      recording_(open_recording(options.record)) {}

FaxCaller::Listener Call::listener() {
  FaxCaller::Listener listener;
  listener.page = [this](const PageReport& page) { watcher_(line_s(), sentence(page, pages_in_file_)); };
  if (options_.trace)
    listener.frame = [this](bool sent, std::string_view frame, std::string_view hex) {
      watcher_(line_s(), fmt::format("{} {:<4} {}", sent ? "->" : "<-", frame, hex));
    };
  return listener;
}

double Call::line_s() const noexcept {
  return seconds(blocks_);
}
double Call::talk_s() const noexcept {
  return answered_at_ ? seconds(blocks_ - *answered_at_) : 0;
}

CallResult Call::run() {
  began_ns_ = monotonic_ns();
  CallResult result;
  result.pages_in_file = pages_in_file_;
  dial_and_talk(result);
  result.why = result.why.empty() ? why(result.outcome) : result.why;
  result.answered = talking();
  result.pages_sent = fax_.pages_sent();
  result.pages = fax_.pages();
  result.far_station_id = fax_.far_station_id();
  result.answer_s = seconds(answered_at_.value_or(0));
  result.line_s = line_s();
  result.wall_s = static_cast<double>(monotonic_ns() - began_ns_) / 1e9;
  return result;
}

void Call::dial_and_talk(CallResult& result) {
  std::optional<hw::exchange::ExchangeCaller> line;
  try {
    line.emplace(options_.line, options_.dial);
  } catch (const hw::exchange::AllLinesBusy& busy) {
    result.outcome = Outcome::busy;
    result.why = busy.what();
    return;
  } catch (const base::Failure& nobody) {
    result.outcome = Outcome::no_line;
    result.why = nobody.what();
    return;
  }
  watcher_(0, fmt::format("ringing {} on {}", options_.dial.called, line->line().string()));
  std::optional<Outcome> end;
  while (!end)
    end = turn(*line);
  line->hang_up();
  result.outcome = *end;
}

std::optional<Outcome> Call::turn(hw::exchange::ExchangeCaller& line) {
  said_.fill(0);
  if (talking() && !silent()) fax_.say(said_);
  if (options_.pace > 0) wait_for_the_clock();
  if (!line.exchange(said_, heard_)) {
    if (talking()) fax_.line_gone();
    return fax_outcome(Outcome::line_hung_up);
  }
  ++blocks_;
  if (line.answered() && !talking()) note_answer();
  if (talking()) hear();
  return reason_to_end();
}

void Call::note_answer() {
  answered_at_ = blocks_ - 1;
  watcher_(line_s(), fmt::format("answered after {:.1f} s", seconds(*answered_at_)));
}

void Call::hear() {
  write_recording();
  if (!silent()) fax_.hear(heard_);
}

std::optional<Outcome> Call::reason_to_end() const {
  if (!talking()) return line_s() < ringing_limit_s ? std::nullopt : std::optional(Outcome::no_answer);
  if (silent()) return talk_s() < *options_.silent_s ? std::nullopt : std::optional(Outcome::said_nothing);
  if (told_to_hang_up()) return fax_outcome(Outcome::we_hung_up);
  if (fax_.finished()) return fax_outcome(Outcome::not_all_confirmed);
  if (talk_s() > longest_rest_s + longest_page_s * pages_in_file_) return fax_outcome(Outcome::too_long);
  return std::nullopt;
}

bool Call::told_to_hang_up() const {
  const HangUp& when = options_.hang_up;
  if (when.after_page > 0 && fax_.pages_answered() >= when.after_page) return true;
  if (when.in_page == fax_.pages_answered() + 1 && fax_.page_progress() >= 0.5) return true;
  return when.after_s && talk_s() >= *when.after_s;
}

// Whatever ended the call, it was a good one when every page was confirmed.
Outcome Call::fax_outcome(Outcome otherwise) const {
  const std::vector<PageReport> pages = fax_.pages();
  const auto confirmed =
      std::count_if(pages.begin(), pages.end(), [](const PageReport& page) { return page.confirmed; });
  return pages_in_file_ > 0 && confirmed == pages_in_file_ ? Outcome::all_confirmed : otherwise;
}

std::string Call::why(Outcome outcome) const {
  switch (outcome) {
    case Outcome::not_all_confirmed:
      return fax_.ended_well() ? "the far station did not confirm them"
                               : fmt::format("the fax ended with \"{}\"", fax_.how_it_ended());
    case Outcome::line_hung_up:
      return fmt::format("the line hung up {:.1f} s after {}", talking() ? talk_s() : line_s(),
                         talking() ? "the answer" : "dialling");
    case Outcome::we_hung_up:
      return fmt::format("we hung up {:.1f} s after the answer, as told", talk_s());
    case Outcome::said_nothing:
      return fmt::format("we said nothing for {:.1f} s, as told", talk_s());
    case Outcome::no_answer:
      return fmt::format("nobody answered within {:.0f} s", ringing_limit_s);
    case Outcome::too_long:
      return fmt::format("the call was still going on after {:.0f} s", talk_s());
    default:
      return {};
  }
}

// Each block leaves at its own time after dialling, so that no error adds up.
void Call::wait_for_the_clock() {
  const std::int64_t due_ns =
      began_ns_ + static_cast<std::int64_t>(static_cast<double>(blocks_ * block_ns) / options_.pace);
  const timespec due{due_ns / 1'000'000'000, due_ns % 1'000'000'000};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr) == EINTR) {
  }
}

void Call::write_recording() {
  if (!recording_) return;
  std::array<std::int16_t, 2 * hw::samples_per_block> both{};
  for (std::size_t i = 0; i < hw::samples_per_block; ++i) {
    both.at(2 * i) = said_.at(i);
    both.at(2 * i + 1) = heard_.at(i);
  }
  const auto frames = static_cast<sf_count_t>(hw::samples_per_block);
  if (recording_.writef(both.data(), frames) != frames)
    throw base::Failure("cannot write the recording {}: {}.", options_.record.string(),
                        recording_.strError());
}

}  // namespace faxcall
