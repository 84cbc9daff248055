// SPDX-License-Identifier: GPL-2.0-or-later
// A telephone network in a few lines, for the quick tests: libpri as PRI_NETWORK on a socket that carries frames. It
// places calls, notes what becomes of them, and answers as a network must. One thread; nothing waits but until().
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "src/base/unique_fd.hpp"
#include "src/span/span_plan.hpp"

extern "C" {
#include <libpri.h>
#include <sys/time.h>
}

// A story names what matters; the rest is as declared.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace span_test {

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

// libpri has nothing to free a controller with: they stay, where a leak checker finds them at the very end.
inline std::vector<pri*>& controllers = *new std::vector<pri*>;

class MiniNetwork {
 public:
  MiniNetwork(base::UniqueFd d_channel, span::Access access) : fd_(std::move(d_channel)) {
    pri_ = access == span::Access::primary
               ? ::pri_new_cb(fd_.get(), PRI_NETWORK, PRI_SWITCH_EUROISDN_E1, read, write, this)
               : ::pri_new_bri_cb(fd_.get(), access == span::Access::basic_point_to_point ? 1 : 0,
                                  PRI_NETWORK, PRI_SWITCH_EUROISDN_E1, read, write, this);
    controllers.push_back(pri_);
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

}  // namespace span_test
