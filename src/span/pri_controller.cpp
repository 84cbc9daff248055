// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/span/pri_controller.hpp"

#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"

extern "C" {
#include <libpri.h>
}

namespace span {
namespace {

// Frames taken in one go: a flood must leave time for the lines' words.
constexpr int frames_at_once = 64;
// libpri complains of whatever a far end sends; the log need not have all of it.
constexpr int most_complaints = 100;

int number_of(SwitchType type) {
  switch (type) {
    case SwitchType::euroisdn:
      return PRI_SWITCH_EUROISDN_E1;
    case SwitchType::ni2:
      return PRI_SWITCH_NI2;
    case SwitchType::dms100:
      return PRI_SWITCH_DMS100;
    case SwitchType::lucent5e:
      return PRI_SWITCH_LUCENT5E;
    case SwitchType::att4ess:
      return PRI_SWITCH_ATT4ESS;
    case SwitchType::ni1:
      return PRI_SWITCH_NI1;
    case SwitchType::qsig:
      return PRI_SWITCH_QSIG;
  }
  return PRI_SWITCH_UNKNOWN;
}

template <std::size_t size>
std::string text_of(const char (&field)[size]) {
  return {field, ::strnlen(field, size)};
}

int timeslot_of(int channel) {
  if (channel < 0) return any_timeslot;
  const int timeslot = channel & 0xff;
  return timeslot == 0xff ? any_timeslot : timeslot;
}

hw::Withheld withheld(int presentation) {
  switch (presentation & PRI_PRES_RESTRICTION) {
    case PRI_PRES_RESTRICTED:
      return hw::Withheld::by_caller;
    case PRI_PRES_UNAVAILABLE:
    case PRI_PRES_RESERVED:
      return hw::Withheld::unavailable;
    default:
      return hw::Withheld::no;
  }
}

hw::Screening screening(int presentation) {
  constexpr std::array by_bits = {hw::Screening::not_screened, hw::Screening::passed, hw::Screening::failed,
                                  hw::Screening::network};
  return by_bits[static_cast<std::size_t>(presentation & PRI_PRES_NUMBER_TYPE)];
}

hw::Redirection redirection(const pri_event_ring& ring) {
  switch (ring.redirectingreason) {
    case PRI_REDIR_FORWARD_ON_BUSY:
      return hw::Redirection::busy;
    case PRI_REDIR_FORWARD_ON_NO_REPLY:
      return hw::Redirection::no_reply;
    case PRI_REDIR_DEFLECTION:
      return hw::Redirection::deflected;
    case PRI_REDIR_UNCONDITIONAL:
    case PRI_REDIR_FORWARDED_BY_DTE:
      return hw::Redirection::unconditional;
    case PRI_REDIR_DTE_OUT_OF_ORDER:
      return hw::Redirection::out_of_order;
    default:
      return ring.redirectingnum[0] == '\0' ? hw::Redirection::none : hw::Redirection::unknown;
  }
}

// International and national numbers come without the prefix that a person would dial.
std::string with_prefix(const std::string& number, int plan) {
  const bool international = ((plan >> 4) & 0x7) == PRI_TON_INTERNATIONAL;
  return international && !number.empty() ? "+" + number : number;
}

Setup setup_of(const pri_event_ring& ring) {
  Setup setup;
  setup.timeslot = timeslot_of(ring.channel);
  setup.exclusive = ring.flexible == 0;
  setup.complete = ring.complete != 0;
  setup.audio = ring.ctype == PRI_TRANS_CAP_SPEECH || ring.ctype == PRI_TRANS_CAP_3_1K_AUDIO;
  if (ring.layer1 == PRI_LAYER_1_ALAW) setup.law = hw::Law::a;
  if (ring.layer1 == PRI_LAYER_1_ULAW) setup.law = hw::Law::mu;
  setup.called = text_of(ring.callednum);
  setup.calling = with_prefix(text_of(ring.callingnum), ring.callingplan);
  setup.calling_name = text_of(ring.callingname);
  setup.redirecting = with_prefix(text_of(ring.redirectingnum), ring.callingplanrdnis);
  setup.redirection = redirection(ring);
  setup.withheld = withheld(ring.callingpres);
  if (!setup.calling.empty()) setup.screening = screening(ring.callingpres);
  return setup;
}

CallHandle handle_of(q931_call* call) {
  return static_cast<CallHandle>(reinterpret_cast<std::uintptr_t>(call));
}
q931_call* call_of(CallHandle handle) {
  return reinterpret_cast<q931_call*>(  // NOLINT(performance-no-int-to-ptr): it was one
      static_cast<std::uintptr_t>(handle));
}

IsdnEvent about(EventKind kind, q931_call* call, int channel) {
  return {kind, handle_of(call), timeslot_of(channel), 0, {}, {}};
}

IsdnEvent hang_up_event(EventKind kind, const pri_event_hangup& event) {
  IsdnEvent made = about(kind, event.call, event.channel);
  made.cause = static_cast<Cause>(std::clamp(event.cause, 0, 127));
  return made;
}

IsdnEvent event_of(const pri_event& event) {
  switch (event.e) {
    case PRI_EVENT_DCHAN_UP:
      return {EventKind::layer2_up};
    case PRI_EVENT_DCHAN_DOWN:
      return {EventKind::layer2_down};
    case PRI_EVENT_RING: {
      IsdnEvent made = about(EventKind::setup, event.ring.call, event.ring.channel);
      made.setup = setup_of(event.ring);
      return made;
    }
    case PRI_EVENT_INFO_RECEIVED: {
      IsdnEvent made = about(EventKind::digits, event.ring.call, event.ring.channel);
      made.text = text_of(event.ring.callednum);
      return made;
    }
    case PRI_EVENT_HANGUP_REQ:
      return hang_up_event(EventKind::network_clears, event.hangup);
    case PRI_EVENT_HANGUP:
      return hang_up_event(EventKind::network_released, event.hangup);
    case PRI_EVENT_HANGUP_ACK:
      return hang_up_event(EventKind::cleared, event.hangup);
    case PRI_EVENT_CONNECT_ACK:
      return about(EventKind::connect_acknowledged, event.connect_ack.call, event.connect_ack.channel);
    case PRI_EVENT_RESTART: {
      const int timeslot = timeslot_of(event.restart.channel);
      const EventKind kind =
          timeslot == any_timeslot ? EventKind::span_restarted : EventKind::channel_restarted;
      return {kind, CallHandle::none, timeslot, 0, {}, {}};
    }
    case PRI_EVENT_RESTART_ACK:
      return {EventKind::restart_acknowledged,
              CallHandle::none,
              timeslot_of(event.restartack.channel),
              0,
              {},
              {}};
    case PRI_EVENT_CONFIG_ERR:
      return {EventKind::complaint, CallHandle::none, no_timeslot, 0, text_of(event.err.err), {}};
    default:
      return {};
  }
}

void log_error(pri*, char* text) {
  static int said = 0;
  if (++said <= most_complaints) base::log::warning("libpri: {}", base::printable(text, 200));
}
void log_message(pri*, char* text) {
  base::log::debug("libpri: {}", base::printable(text, 200));
}

// Causes with which libpri refuses a SETUP that had no answer yet; with another one it must have had one.
bool may_be_first_answer(Cause cause) {
  constexpr std::array causes = {PRI_CAUSE_UNALLOCATED, PRI_CAUSE_NORMAL_CIRCUIT_CONGESTION,
                                 PRI_CAUSE_REQUESTED_CHAN_UNAVAIL, PRI_CAUSE_INCOMPATIBLE_DESTINATION};
  return std::find(causes.begin(), causes.end(), int{cause}) != causes.end();
}

}  // namespace

struct PriController::Libpri {
  hw::isdn::DChannel& d_channel;
  pri* controller = nullptr;
  std::set<CallHandle> unanswered;  // had no word from us yet
  int frames_left = 0;

  static Libpri& of(pri* controller) { return *static_cast<Libpri*>(::pri_get_userdata(controller)); }
  static int read(pri* controller, void* frame, int room) {
    Libpri& self = of(controller);
    if (self.frames_left <= 0) return 0;
    const int octets =
        self.d_channel.read({static_cast<std::uint8_t*>(frame), static_cast<std::size_t>(room)});
    self.frames_left = octets > 0 ? self.frames_left - 1 : 0;
    return octets;
  }
  static int write(pri* controller, void* frame, int length) {
    of(controller)
        .d_channel.write({static_cast<const std::uint8_t*>(frame), static_cast<std::size_t>(length)});
    return length;
  }
  void tell(const pri_event* event, const Listener& listener) {
    if (event == nullptr) return;
    const IsdnEvent told = event_of(*event);
    if (told.kind == EventKind::setup) unanswered.insert(told.call);
    if (told.kind != EventKind::none) listener(told);
  }
  void answered(CallHandle call) { unanswered.erase(call); }
};

PriController::PriController(hw::isdn::DChannel& d_channel, Access access, SwitchType switch_type,
                             bool overlap)
    : libpri_(std::make_unique<Libpri>(Libpri{d_channel, nullptr, {}, 0})) {
  ::pri_set_error(log_error);
  ::pri_set_message(log_message);
  const int type = number_of(switch_type);
  libpri_->controller =
      access == Access::primary
          ? ::pri_new_cb(d_channel.fd(), PRI_CPE, type, Libpri::read, Libpri::write, libpri_.get())
          : ::pri_new_bri_cb(d_channel.fd(), access == Access::basic_point_to_point ? 1 : 0, PRI_CPE, type,
                             Libpri::read, Libpri::write, libpri_.get());
  if (libpri_->controller == nullptr) throw base::Failure("libpri cannot be started on this D channel");
  ::pri_set_overlapdial(libpri_->controller, overlap ? 1 : 0);
  ::pri_hangup_fix_enable(libpri_->controller, 1);
  ::pri_connect_ack_enable(libpri_->controller, 1);
}

// libpri 1.6 has no function that frees a controller; the process ends.
PriController::~PriController() = default;

void PriController::work(const Listener& listener) {
  libpri_->frames_left = frames_at_once;
  while (const pri_event* event = ::pri_schedule_run(libpri_->controller))
    libpri_->tell(event, listener);
  // One event a call, and no event is also what a frame without one gives.
  while (libpri_->frames_left > 0)
    libpri_->tell(::pri_check_event(libpri_->controller), listener);
  while (const pri_event* event = ::pri_schedule_run(libpri_->controller))
    libpri_->tell(event, listener);
}

int PriController::timeout_ms() const {
  const timeval* next = ::pri_schedule_next(libpri_->controller);
  if (next == nullptr) return -1;
  timeval now{};
  ::gettimeofday(&now, nullptr);
  const long left = (next->tv_sec - now.tv_sec) * 1000L + (next->tv_usec - now.tv_usec) / 1000L + 1;
  return static_cast<int>(std::clamp(left, 0L, 60'000L));
}

void PriController::acknowledge_setup(CallHandle call, unsigned timeslot) {
  libpri_->answered(call);
  ::pri_need_more_info(libpri_->controller, call_of(call), static_cast<int>(timeslot), 0);
}
void PriController::proceeding(CallHandle call, unsigned timeslot) {
  libpri_->answered(call);
  ::pri_proceeding(libpri_->controller, call_of(call), static_cast<int>(timeslot), 0);
}
void PriController::alerting(CallHandle call, unsigned timeslot) {
  libpri_->answered(call);
  ::pri_acknowledge(libpri_->controller, call_of(call), static_cast<int>(timeslot), 0);
}
void PriController::connect(CallHandle call, unsigned timeslot) {
  libpri_->answered(call);
  ::pri_answer(libpri_->controller, call_of(call), static_cast<int>(timeslot), 1);
}
void PriController::hang_up(CallHandle call, Cause cause) {
  if (libpri_->unanswered.erase(call) > 0 && !may_be_first_answer(cause))
    ::pri_proceeding(libpri_->controller, call_of(call), 0, 0);
  ::pri_hangup(libpri_->controller, call_of(call), cause);
}
void PriController::forget(CallHandle call) {
  libpri_->answered(call);
  ::pri_destroycall(libpri_->controller, call_of(call));
}
void PriController::restart(unsigned timeslot) {
  ::pri_reset(libpri_->controller, static_cast<int>(timeslot));
}

}  // namespace span
