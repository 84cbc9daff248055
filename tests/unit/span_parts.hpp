// SPDX-License-Identifier: GPL-2.0-or-later
// What the span process's tests are played with: the process itself, forked, on one end of a socket pair; at the other
// end libpri as the network (tests/pri); and the links to its lines, which the test holds as line processes do.
#pragma once

#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hw/isdn/call_link.hpp"
#include "src/base/child.hpp"
#include "src/base/socket_pair.hpp"
#include "src/span/span_process.hpp"
#include "tests/pri/network.hpp"

namespace span_test {

using hw::isdn::LineWord;
using hw::isdn::SpanWord;
using hw::isdn::ToLine;
using hw::isdn::ToSpan;
using hw::isdn::Welcome;
using isdn::Call;
using isdn::MessageType;
using isdn::Network;
using isdn::Setup;

// A line process as its span sees it: the test says what it would say.
class LineEnd {
 public:
  explicit LineEnd(base::UniqueFd link) : link_(std::move(link)) {}

  void say(LineWord word, std::uint64_t about = 0, hw::isdn::Cause why = 0) {
    hw::isdn::say(link_.get(), ToSpan{word, why, welcome, 0, about});
  }
  void is_there(Welcome how = Welcome::yes, std::uint64_t in_call = 0) {
    welcome = how;
    say(LineWord::here_i_am, in_call);
  }
  void hear() {
    while (const auto word = hw::isdn::hear_span(link_.get())) {
      if (word->word == SpanWord::how_are_you) {
        ++asked;
        if (answers) is_there(welcome, call);
      }
      if (word->word == SpanWord::signalling) signalling = word->up;
      if (word->word == SpanWord::rings) {
        ring = *word;
        ++rings;
        call = word->call;
      }
      if (word->word == SpanWord::caller_gone && word->call == call) {
        gone = true;
        gone_with = word->cause;
      }
    }
  }
  void hang_up(hw::isdn::Cause cause = hw::isdn::cause::normal) {
    say(LineWord::hangs_up, std::exchange(call, 0), cause);
    is_there(welcome);
  }

  Welcome welcome = Welcome::yes;
  ToLine ring{};
  std::uint64_t call = 0;
  unsigned rings = 0, asked = 0;
  bool gone = false, signalling = true, answers = true;
  hw::isdn::Cause gone_with = 0;

 private:
  base::UniqueFd link_;
};

inline std::unique_ptr<hw::isdn::DChannel> open_by_number(const std::string& fd) {
  return hw::isdn::d_channel_on(base::UniqueFd(::dup(std::stoi(fd))));
}

// One span: the process, its network, its lines by their timeslots.
class Span {
 public:
  explicit Span(const span::SpanSettings& settings = {}, std::vector<unsigned> timeslots = {1, 2, 3})
      : settings_(settings), ends_(base::socket_pair()) {
    access_ = span::access_of(settings, hw::isdn::SpanType::e1);
    network = std::make_unique<Network>(hw::isdn::d_channel_on(base::UniqueFd(::dup(ends_[0].get()))),
                                        isdn::Habits{.access = access_});
    for (const unsigned timeslot : timeslots) {
      base::SocketPair link = base::socket_pair();
      lines.emplace(timeslot, LineEnd(std::move(link[0])));
      links_.emplace(timeslot, std::move(link[1]));
    }
    start();
  }
  ~Span() { kill(); }
  Span(const Span&) = delete;
  Span& operator=(const Span&) = delete;

  void start() {
    base::SocketPair control = base::socket_pair();
    const hw::isdn::SpanPlace place{"1", hw::isdn::SpanType::e1, 0, std::to_string(ends_[1].get()),
                                    open_by_number};
    pid_ = base::fork_child([&] {
      control[0].reset();
      return span::run_span(place, settings_, std::move(control[1]));
    });
    control_ = std::move(control[0]);
    for (const auto& [timeslot, link] : links_)
      span::send_channel(control_.get(), timeslot, std::to_string(timeslot), link.get());
  }
  // Frames of the test's own, as an exchange would never send them; the network is not asked.
  void send_frame(const std::vector<std::uint8_t>& frame) {
    ::send(ends_[0].get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  std::vector<std::uint8_t> take_frame() {
    std::vector<std::uint8_t> frame(1024);
    const ssize_t got = ::recv(ends_[0].get(), frame.data(), frame.size(), MSG_DONTWAIT);
    frame.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return frame;
  }
  [[nodiscard]] bool has_ended() {
    if (pid_ > 0 && ::waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
    return pid_ <= 0;
  }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  // Its exit status, when it has ended by itself.
  int drain() {
    control_.reset();
    int status = -1;
    until([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; });
    pid_ = -1;
    return status;
  }

  bool until(const std::function<bool()>& is_so, int limit_ms = 15'000) {
    return network->run_until(
        [&] {
          for (auto& [timeslot, line] : lines)
            line.hear();
          return is_so();
        },
        std::chrono::milliseconds(limit_ms));
  }
  // Words and frames go different ways: time for those to be heard that were said.
  void settle() {
    until([] { return false; }, 100);
  }
  // Layer 2 is up, every line was asked, and idle channels were restarted.
  bool until_ready() {
    return until([&] {
      for (const auto& [timeslot, line] : lines)
        if (line.asked == 0) return false;
      const bool restarts = settings_.restart_channels && access_ == span::Access::primary;
      return network->up() && (!restarts || network->restarted().size() >= lines.size());
    });
  }
  bool rings(unsigned timeslot, unsigned rings = 1) {
    return until([&] { return lines.at(timeslot).rings >= rings; });
  }
  Call& connected_call(const Setup& setup = {}) {
    const auto timeslot = static_cast<unsigned>(setup.timeslot);
    LineEnd& line = lines.at(timeslot);
    Call& call = network->place_call(setup);
    rings(timeslot, line.rings + 1);
    line.say(LineWord::alerts, line.call);
    line.say(LineWord::answers, line.call);
    until([&] { return call.connected; });
    return call;
  }

  std::unique_ptr<Network> network;
  std::map<unsigned, LineEnd> lines;

 private:
  span::SpanSettings settings_;
  span::Access access_;
  base::SocketPair ends_;
  std::map<unsigned, base::UniqueFd> links_;
  base::UniqueFd control_;
  pid_t pid_ = -1;
};

}  // namespace span_test
