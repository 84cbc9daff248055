// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/line_keeper.hpp"

#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>

#include <algorithm>
#include <array>
#include <csignal>

#include "src/base/child.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"

namespace faxrx {
namespace {

using namespace std::chrono_literals;

// After a crash the line is there again at once; one that keeps dying is not started in a tight loop.
constexpr auto restart_pause = 100ms;
constexpr auto restart_pause_of_a_short_life = 1s;
constexpr auto short_life = 5s;
// A line that cannot be opened is tried again with pauses that double.
constexpr auto first_open_pause = 1s, longest_open_pause = 60s;
constexpr auto partner_limit = 30s;  // for the other half of a pair to notice that it is alone
constexpr std::size_t longest_why = 600;

bool exited_with(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

}  // namespace

LineKeeper::LineKeeper(base::EventLoop& loop, const base::UniqueFd& spool_lock, Spans& spans,
                       PairSettings settings, Listener told)
    : loop_(loop),
      spans_(spans),
      settings_(std::move(settings)),
      told_(std::move(told)),
      pair_(spool_lock),
      pause_(loop, CLOCK_MONOTONIC, [this] { start(); }),
      partner_(loop, CLOCK_MONOTONIC, [this] { kill_the_rest(); }),
      open_pause_(first_open_pause) {}

void LineKeeper::start() {
  heard_.drop();  // its descriptor is about to close
  pause_.stop();
  drain_told_ = played_ = over_ = false;
  try {
    pair_.start(settings_, spans_.link_for(settings_.line->name));
  } catch (const std::system_error& error) {
    could_not_open(error.what());
  }
  watch_pair();
  if (pair_.line_pid < 0) return one_half_ended();
  if (blocked_) pair_.say(ControlWord::block);
}

void LineKeeper::watch_pair() {
  if (pair_.page_pid > 0)
    page_end_ = loop_.on_child(pair_.page_pid, [this](int status) { page_ended(status); });
  if (pair_.line_pid < 0) return;
  line_end_ = loop_.on_child(pair_.line_pid, [this](int status) { line_ended(status); });
  heard_ = loop_.on_readable(pair_.control_fd(), [this] { return hear_line(); });
}

// It says one word only, that it is open or why it cannot be.
bool LineKeeper::hear_line() {
  std::array<char, 1 + longest_why> message;
  const ssize_t got = ::recv(pair_.control_fd(), message.data(), message.size(), MSG_DONTWAIT);
  if (got <= 0 || pair_.opened) return false;
  const auto word = static_cast<ControlWord>(message[0]);
  if (word == ControlWord::cannot_open)
    why_not_open_ = base::printable({message.data() + 1, static_cast<std::size_t>(got) - 1}, longest_why);
  if (word != ControlWord::line_is_open) return false;
  pair_.opened = tried_ = true;
  open_pause_ = first_open_pause;
  told_(*this, LineNews::opened);
  why_not_open_.clear();
  return false;
}

void LineKeeper::line_ended(int status) {
  hear_line();  // its word may have come just before its end
  pair_.line_pid = -1;
  spans_.line_ended(name());
  if (!pair_.opened && exited_with(status, EX_UNAVAILABLE))
    could_not_open(why_not_open_.empty() ? "it does not say why" : why_not_open_);
  else
    say_how_line_ended(status);
  tried_ = true;
  played_ = status == 0 && !drain_told_;
  one_half_ended();
}

void LineKeeper::say_how_line_ended(int status) const {
  if (status == 0 || exited_with(status, EX_TEMPFAIL)) return;  // as it should; its page process died
  if (exited_with(status, EX_UNAVAILABLE))
    return base::log::error("line {}: its card is gone; it is looked for again and again", name());
  base::log::error("line {}: its process {}; starting it again", name(), base::how_it_ended(status));
}

void LineKeeper::could_not_open(std::string why) {
  tried_ = true;
  why_not_open_ = std::move(why);
  told_(*this, LineNews::cannot_open);
}

void LineKeeper::page_ended(int status) {
  pair_.page_pid = -1;
  if (status != 0)
    base::log::error("line {}: its page process {}; starting both again", name(), base::how_it_ended(status));
  one_half_ended();
}

// The half that is left sees its end of file and ends too; one that does not is ended.
void LineKeeper::one_half_ended() {
  if (!pair_.is_running()) return pair_ended();
  partner_.set(partner_limit);
}

void LineKeeper::kill_the_rest() const {
  for (const pid_t pid : {pair_.line_pid, pair_.page_pid})
    if (pid > 0) ::kill(pid, SIGKILL);
}

void LineKeeper::pair_ended() {
  partner_.stop();
  if (!leaving_ && !played_) return pause_.set(pause_before_start());
  over_ = true;
  told_(*this, LineNews::over);
}

std::chrono::milliseconds LineKeeper::pause_before_start() {
  if (!pair_.opened && !why_not_open_.empty())
    return std::exchange(open_pause_, std::min<std::chrono::seconds>(2 * open_pause_, longest_open_pause));
  if (drain_told_) return 0ms;  // it ended as it was told, and is to start with its new settings
  short_lives_ = pair_.lived() < short_life ? short_lives_ + 1 : 0;
  return short_lives_ > 1 ? std::chrono::milliseconds(restart_pause_of_a_short_life) : restart_pause;
}

void LineKeeper::follow(PairSettings settings) {
  settings_ = std::move(settings);
  leaving_ = false;
  const bool same = same_for_the_line(pair_.settings(), settings_);
  if (over_ && played_ && same) return;  // a recording that was received is not received again
  open_pause_ = first_open_pause;
  over_ = false;
  if (!pair_.is_running()) return pause_.set(0ms);
  if (same) return;
  drain_told_ = true;
  pair_.say(ControlWord::drain);
}

void LineKeeper::end() {
  leaving_ = drain_told_ = true;
  if (pair_.is_running()) return pair_.say(ControlWord::drain);
  pause_.stop();
  if (!over_) pair_ended();
}

void LineKeeper::stop_call() {
  pair_.say(ControlWord::stop);
}

void LineKeeper::set_blocked(bool blocked) {
  blocked_ = blocked;
  pair_.say(blocked ? ControlWord::block : ControlWord::unblock);
}

void LineKeeper::hang_up() {
  pair_.say(ControlWord::hang_up);
}

LineView LineKeeper::view() const {
  LineView view;
  view.line = name();
  view.blocked = blocked_;
  view.ends_when_idle = drain_told_ && pair_.is_running();
  view.shown = pair_.status();
  if (is_open())
    view.process = LineProcess::open;
  else if (over_)
    view.process = LineProcess::over;
  else if (!why_not_open_.empty())
    view.process = LineProcess::cannot_open;
  else if (tried_)
    view.process = LineProcess::restarting;
  view.why = view.process == LineProcess::cannot_open ? why_not_open_ : "";
  return view;
}

}  // namespace faxrx
