// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/span_keeper.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

#include "hw/isdn/call_link.hpp"
#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/base/sandbox.hpp"
#include "src/base/socket_pair.hpp"

namespace faxrx {
namespace {

using namespace std::chrono_literals;

// After a crash signalling is there again at once; a process that keeps dying is not started in a tight loop.
constexpr auto restart_pause = 100ms, restart_pause_of_a_short_life = 2000ms;
constexpr auto short_life = 10s;
constexpr auto first_open_pause = 1s, longest_open_pause = 60s;
// It says that it lives every 5 s; libpri, which parses what an exchange sends, might not come back.
constexpr auto longest_silence = 30s;
constexpr std::size_t longest_why = 600;

}  // namespace

SpanKeeper::SpanKeeper(base::EventLoop& loop, hw::isdn::SpanPlace place, span::SpanSettings settings)
    : loop_(loop),
      place_(std::move(place)),
      settings_(std::move(settings)),
      pause_(loop, CLOCK_MONOTONIC, [this] { start(); }),
      silence_(loop, CLOCK_MONOTONIC,
               [this] {
                 base::log::error("span {}: its process hangs and is ended", place_.span);
                 if (pid_ > 0) ::kill(pid_, SIGKILL);
               }),
      open_pause_(first_open_pause) {}

base::UniqueFd SpanKeeper::link_for(const hw::isdn::SpanPlace& place, const std::string& line) {
  leaving_ = false;
  place_ = place;
  const auto [found, is_new] = links_.try_emplace(place.timeslot);
  Link& link = found->second;
  if (is_new) {
    base::SocketPair ends = base::socket_pair();
    link = {line, std::move(ends[0]), std::move(ends[1])};
    if (opened_) hand_over(place.timeslot, link);
  }
  if (pid_ < 0) pause_.set(0ms);  // when all lines have asked
  base::UniqueFd end(::fcntl(link.line_end.get(), F_DUPFD_CLOEXEC, 3));
  if (!end) throw base::system_failure("cannot connect a line to its span");
  return end;
}

void SpanKeeper::line_ended(unsigned timeslot) {
  const auto found = links_.find(timeslot);
  if (found != links_.end())
    hw::isdn::say(found->second.line_end.get(), hw::isdn::ToSpan{hw::isdn::LineWord::closed});
}

void SpanKeeper::forget_line(unsigned timeslot) {
  line_ended(timeslot);
  links_.erase(timeslot);
  if (links_.empty()) end();
}

void SpanKeeper::follow(const span::SpanSettings& settings) {
  open_pause_ = first_open_pause;
  if (pid_ < 0 && has_lines() && !leaving_) pause_.set(0ms);
  if (settings_ == settings) return;
  settings_ = settings;
  drains_ = true;
  control_.reset();
}

void SpanKeeper::end() {
  leaving_ = true;
  pause_.stop();
  heard_.drop();
  silence_.stop();
  control_.reset();
}

void SpanKeeper::start() {
  if (pid_ > 0 || leaving_) return;
  opened_ = drains_ = false;
  started_ = std::chrono::steady_clock::now();
  try {
    base::SocketPair control = base::socket_pair();
    pid_ = base::fork_child([this, &control] {
      ::signal(SIGHUP, SIG_IGN);
      base::sandbox::close_other_fds({control[1].get()});
      return span::run_span(place_, settings_, std::move(control[1]));
    });
    control_ = std::move(control[0]);
  } catch (const std::system_error& error) {
    base::log::error("span {}: its process cannot be started: {}", place_.span, error.what());
    return pause_.set(restart_pause_of_a_short_life);
  }
  end_ = loop_.on_child(pid_, [this](int status) { ended(status); });
  heard_ = loop_.on_readable(control_.get(), [this] { return hear(); });
  silence_.set(longest_silence);
}

void SpanKeeper::hand_over(unsigned timeslot, const Link& link) {
  if (!span::send_channel(control_.get(), timeslot, link.line, link.span_end.get()))
    base::log::error("span {}: its process does not take channel {}", place_.span, timeslot);
}

// False: nothing more will come.
bool SpanKeeper::hear() {
  std::array<char, 1 + longest_why> message;
  const ssize_t got = ::recv(control_.get(), message.data(), message.size(), MSG_DONTWAIT);
  if (got <= 0) return false;
  silence_.set(longest_silence);
  const auto word = static_cast<span::ControlWord>(message[0]);
  if (word == span::ControlWord::cannot_open)
    could_not_open(base::printable({message.data() + 1, static_cast<std::size_t>(got) - 1}, longest_why));
  if (word != span::ControlWord::is_open || opened_) return true;
  opened_ = true;
  open_pause_ = first_open_pause;
  if (!std::exchange(why_not_open_, {}).empty())
    base::log::info("span {}: its D channel, {}, could be opened now", place_.span, place_.d_channel);
  for (const auto& [timeslot, link] : links_)
    hand_over(timeslot, link);
  return true;
}

void SpanKeeper::could_not_open(std::string why) {
  if (why != why_not_open_)
    base::log::error("span {}: its D channel, {}, cannot be opened: {}", place_.span, place_.d_channel, why);
  why_not_open_ = std::move(why);
}

void SpanKeeper::ended(int status) {
  if (control_) hear();  // why it could not be opened may have come just before its end
  heard_.drop();
  silence_.stop();
  pid_ = -1;
  const bool as_told = leaving_ || drains_ || (!opened_ && !why_not_open_.empty());
  const bool is_gone = WIFEXITED(status) && WEXITSTATUS(status) == EX_UNAVAILABLE;
  if (!as_told && !is_gone)
    base::log::error("span {}: its process {}; starting it again, calls that run go on", place_.span,
                     base::how_it_ended(status));
  control_.reset();
  if (leaving_) return;
  if (!drains_) no_signalling();
  pause_.set(pause_before_start());
}

// The lines are told in its place, until it is there again.
void SpanKeeper::no_signalling() {
  for (const auto& [timeslot, link] : links_)
    hw::isdn::say(link.span_end.get(), hw::isdn::ToLine{.word = hw::isdn::SpanWord::signalling, .up = false});
}

std::chrono::milliseconds SpanKeeper::pause_before_start() {
  if (drains_) return 0ms;
  if (!opened_)
    return std::exchange(open_pause_, std::min<std::chrono::seconds>(2 * open_pause_, longest_open_pause));
  const bool was_short = std::chrono::steady_clock::now() - started_ < short_life;
  return was_short ? std::chrono::milliseconds(restart_pause_of_a_short_life) : restart_pause;
}

}  // namespace faxrx
