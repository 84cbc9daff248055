// SPDX-License-Identifier: GPL-2.0-or-later
// What the span process's tests are played with: the process itself, forked, on one end of a socket pair; at the other
// end libpri as the network; and the links to its lines, which the test holds as line processes do.
#pragma once

#include <poll.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hw/isdn/call_link.hpp"
#include "src/base/child.hpp"
#include "src/base/socket_pair.hpp"
#include "src/span/span_process.hpp"

extern "C" {
#include <libpri.h>
}

// A story names what matters; the rest is as declared.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace span_test {

using hw::isdn::LineWord;
using hw::isdn::SpanWord;
using hw::isdn::ToLine;
using hw::isdn::ToSpan;
using hw::isdn::Welcome;
using Clock = std::chrono::steady_clock;

struct Dial {
  std::string called = "4711", caller = "301234", name, redirecting;
  int channel = 1;
  bool exclusive = true, complete = true;
  int bearer = PRI_TRANS_CAP_3_1K_AUDIO, law = PRI_LAYER_1_ALAW;
  int presentation = PRES_ALLOWED_USER_NUMBER_PASSED_SCREEN;
};

struct NetworkCall {
  q931_call* handle = nullptr;
  std::vector<int> events;  // PRI_EVENT_…, in their order
  int cause = 0, channel = 0;
  bool over = false;
};

class MiniNetwork {
 public:
  MiniNetwork(base::UniqueFd d_channel, span::Access access) : fd_(std::move(d_channel)) {
    pri_ = access == span::Access::primary
               ? ::pri_new_cb(fd_.get(), PRI_NETWORK, PRI_SWITCH_EUROISDN_E1, read, write, this)
               : ::pri_new_bri_cb(fd_.get(), access == span::Access::basic_point_to_point ? 1 : 0,
                                  PRI_NETWORK, PRI_SWITCH_EUROISDN_E1, read, write, this);
    ::pri_set_overlapdial(pri_, 1);
    ::pri_connect_ack_enable(pri_, 1);  // by hand
  }
  MiniNetwork(const MiniNetwork&) = delete;
  MiniNetwork& operator=(const MiniNetwork&) = delete;

  NetworkCall& dial(const Dial& dial) {
    NetworkCall& call = calls.emplace_back();
    call.handle = ::pri_new_call(pri_);
    pri_sr* request = ::pri_sr_new();
    ::pri_sr_set_channel(request, dial.channel, dial.exclusive ? 1 : 0, 0);
    ::pri_sr_set_bearer(request, dial.bearer, dial.law);
    std::string called = dial.called, caller = dial.caller, name = dial.name, redirecting = dial.redirecting;
    ::pri_sr_set_called(request, called.data(), PRI_NATIONAL_ISDN, dial.complete ? 1 : 0);
    ::pri_sr_set_caller(request, caller.data(), name.empty() ? nullptr : name.data(), PRI_NATIONAL_ISDN,
                        dial.presentation);
    if (!redirecting.empty())
      ::pri_sr_set_redirecting(request, redirecting.data(), PRI_NATIONAL_ISDN, 0, PRI_REDIR_FORWARD_ON_BUSY);
    ::pri_setup(pri_, call.handle, request);
    ::pri_sr_free(request);
    return call;
  }
  void digits(NetworkCall& call, const std::string& text) {
    for (const char digit : text)
      ::pri_information(pri_, call.handle, digit);
  }
  void hang_up(NetworkCall& call, int cause = PRI_CAUSE_NORMAL_CLEARING) {
    ::pri_hangup(pri_, call.handle, cause);
  }
  void restart(int channel) { ::pri_reset(pri_, channel); }

  void work() {
    while (const pri_event* event = ::pri_schedule_run(pri_))
      take(*event);
    more_ = true;
    while (more_)
      if (const pri_event* event = ::pri_check_event(pri_)) take(*event);
  }
  bool until(const std::function<bool()>& is_so, int limit_ms = 15'000) {
    const Clock::time_point end = Clock::now() + std::chrono::milliseconds(limit_ms);
    for (;;) {
      work();
      if (is_so()) return true;
      if (Clock::now() >= end) return false;
      pollfd poll_fd{fd_.get(), POLLIN, 0};
      ::poll(&poll_fd, 1, 10);
    }
  }

  std::deque<NetworkCall> calls;
  std::vector<int> restarted;  // channels whose RESTART came from the far end
  bool up = false, silent = false, acknowledges = true;

 private:
  static int read(pri* controller, void* frame, int room) {
    auto& self = *static_cast<MiniNetwork*>(::pri_get_userdata(controller));
    const ssize_t got = ::recv(self.fd_.get(), frame, static_cast<std::size_t>(room), MSG_DONTWAIT);
    self.more_ = got > 0;
    return got > 0 && !self.silent ? static_cast<int>(got) : 0;
  }
  static int write(pri* controller, void* frame, int length) {
    auto& self = *static_cast<MiniNetwork*>(::pri_get_userdata(controller));
    if (!self.silent)
      ::send(self.fd_.get(), frame, static_cast<std::size_t>(length), MSG_DONTWAIT | MSG_NOSIGNAL);
    return length;
  }
  void note(q931_call* handle, int event, int channel, int cause = 0) {
    for (NetworkCall& call : calls) {
      if (call.handle != handle || call.over) continue;
      call.events.push_back(event);
      if (channel > 0) call.channel = channel & 0xff;
      if (cause != 0) call.cause = cause;
    }
  }
  void take(const pri_event& event) {
    switch (event.e) {
      case PRI_EVENT_DCHAN_UP:
        up = true;
        break;
      case PRI_EVENT_DCHAN_DOWN:
        up = false;
        break;
      case PRI_EVENT_PROCEEDING:
        note(event.proceeding.call, event.e, event.proceeding.channel);
        break;
      case PRI_EVENT_SETUP_ACK:
        note(event.setup_ack.call, event.e, event.setup_ack.channel);
        break;
      case PRI_EVENT_RINGING:
        note(event.ringing.call, event.e, event.ringing.channel);
        break;
      case PRI_EVENT_ANSWER:
        note(event.answer.call, event.e, event.answer.channel);
        if (acknowledges) ::pri_connect_ack(pri_, event.answer.call, 0);
        break;
      case PRI_EVENT_HANGUP_REQ:
        note(event.hangup.call, event.e, 0, event.hangup.cause);
        ::pri_hangup(pri_, event.hangup.call, PRI_CAUSE_NORMAL_CLEARING);
        break;
      case PRI_EVENT_HANGUP:
        note(event.hangup.call, event.e, 0, event.hangup.cause);
        over(event.hangup.call);
        ::pri_hangup(pri_, event.hangup.call, PRI_CAUSE_NORMAL_CLEARING);
        break;
      case PRI_EVENT_HANGUP_ACK:
        note(event.hangup.call, event.e, 0);
        over(event.hangup.call);
        break;
      case PRI_EVENT_RESTART:
        restarted.push_back(event.restart.channel & 0xff);
        break;
      default:
        break;
    }
  }
  void over(q931_call* handle) {
    for (NetworkCall& call : calls)
      if (call.handle == handle) call.over = true;
  }

  base::UniqueFd fd_;
  pri* pri_ = nullptr;
  bool more_ = false;
};

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
    network = std::make_unique<MiniNetwork>(base::UniqueFd(::dup(ends_[0].get())), access_);
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
    return network->until(
        [&] {
          for (auto& [timeslot, line] : lines)
            line.hear();
          return is_so();
        },
        limit_ms);
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
      return network->up && (!restarts || network->restarted.size() >= lines.size());
    });
  }
  bool rings(unsigned timeslot, unsigned rings = 1) {
    return until([&] { return lines.at(timeslot).rings >= rings; });
  }
  NetworkCall& connected_call(const Dial& dial = {}) {
    const auto timeslot = static_cast<unsigned>(dial.channel);
    LineEnd& line = lines.at(timeslot);
    NetworkCall& call = network->dial(dial);
    rings(timeslot, line.rings + 1);
    line.say(LineWord::alerts, line.call);
    line.say(LineWord::answers, line.call);
    until([&] { return !call.events.empty() && call.events.back() == PRI_EVENT_ANSWER; });
    return call;
  }

  std::unique_ptr<MiniNetwork> network;
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
