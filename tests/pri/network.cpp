// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/pri/network.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "src/base/errors.hpp"

namespace isdn {
namespace {

constexpr int fcs_octets = 2;

// Not shown: what a story is about, it sees on the wire.
void drop_words(pri* /*controller*/, char* /*words*/) {}

pri* new_controller(int fd, const Habits& habits, pri_io_cb read, pri_io_cb write, void* network) {
  if (habits.access == Access::primary)
    return ::pri_new_cb(fd, PRI_NETWORK, habits.switch_type, read, write, network);
  const int point_to_point = habits.access == Access::basic_point_to_point ? 1 : 0;
  return ::pri_new_bri_cb(fd, point_to_point, PRI_NETWORK, habits.switch_type, read, write, network);
}

struct FreeSetup {
  void operator()(pri_sr* setup) const noexcept { ::pri_sr_free(setup); }
};

// libpri takes these texts as char*, and does not change them.
char* text(const std::string& words) {
  return const_cast<char*>(words.c_str());
}

std::unique_ptr<pri_sr, FreeSetup> setup_record(const Setup& setup) {
  std::unique_ptr<pri_sr, FreeSetup> record(::pri_sr_new());
  ::pri_sr_set_channel(record.get(), setup.timeslot, setup.exclusive ? 1 : 0, 0);
  ::pri_sr_set_bearer(record.get(), setup.bearer, setup.layer1);
  ::pri_sr_set_called(record.get(), text(setup.called), PRI_NATIONAL_ISDN, setup.complete ? 1 : 0);
  if (!setup.caller.empty() || !setup.name.empty())
    ::pri_sr_set_caller(record.get(), setup.caller.empty() ? nullptr : text(setup.caller),
                        setup.name.empty() ? nullptr : text(setup.name), setup.caller_plan,
                        setup.presentation);
  if (!setup.redirecting.empty())
    ::pri_sr_set_redirecting(record.get(), text(setup.redirecting), PRI_NATIONAL_ISDN,
                             PRES_ALLOWED_NETWORK_NUMBER, setup.redirecting_reason);
  return record;
}

int reference_of(pri* controller, q931_call* call) {
  int low = 0;  // the last three bits are kept apart, for GR-303
  const int high = ::pri_get_crv(controller, call, &low);
  return high << 3 | low;
}

}  // namespace

std::string Call::heard() const {
  std::string all;
  for (const Message& message : answers)
    all += (all.empty() ? "" : ", ") + to_string(message.type);
  return all;
}

bool Call::heard(MessageType type) const {
  return std::any_of(answers.begin(), answers.end(), [type](const Message& m) { return m.type == type; });
}

Network::Network(std::unique_ptr<hw::isdn::DChannel> d_channel, const Habits& habits)
    : d_channel_(std::move(d_channel)), habits_(habits) {
  ::pri_set_message(drop_words);
  ::pri_set_error(drop_words);
  controller_ = new_controller(fd(), habits_, read_frame, write_frame, this);
  if (controller_ == nullptr) throw base::Failure("libpri takes no switch type {}", habits_.switch_type);
  ::pri_connect_ack_enable(controller_, 1);
  ::pri_hangup_fix_enable(controller_, 1);
  ::pri_set_overlapdial(controller_, 1);
  ::pri_facility_enable(controller_);
}

int Network::timeout_ms() {
  const timeval* due = ::pri_schedule_next(controller_);
  if (due == nullptr) return -1;
  timeval now{};
  ::gettimeofday(&now, nullptr);
  const std::int64_t us = (due->tv_sec - now.tv_sec) * 1'000'000 + due->tv_usec - now.tv_usec;
  return static_cast<int>(std::clamp<std::int64_t>((us + 999) / 1000, 0, 60'000));
}

void Network::work() {
  for (more_ = true; more_;) {
    look_at_d_channel();
    more_ = false;
    if (const pri_event* event = ::pri_check_event(controller_)) take(*event);
  }
  while (const pri_event* event = ::pri_schedule_run(controller_))
    take(*event);
}

bool Network::run_until(const std::function<bool()>& is_so, std::chrono::milliseconds limit) {
  const Clock::time_point end = Clock::now() + limit;
  for (;;) {
    work();
    if (is_so()) return true;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    // What is asked for may also become so elsewhere, while nothing comes here.
    constexpr std::int64_t look_again_ms = 20;
    std::int64_t wait_ms = std::min(left, look_again_ms);
    if (const int due = timeout_ms(); due >= 0) wait_ms = std::min<std::int64_t>(wait_ms, due);
    pollfd input{fd(), poll_events(), 0};
    ::poll(&input, 1, static_cast<int>(wait_ms));
  }
}

// The driver gives no frame while it has an event to tell.
void Network::look_at_d_channel() {
  for (hw::isdn::DEvent event = d_channel_->next_event(); event != hw::isdn::DEvent::none;
       event = d_channel_->next_event())
    alarm_ = event != hw::isdn::DEvent::alarm_over;
}

int Network::read_frame(pri* controller, void* frame, int room) {
  auto* network = static_cast<Network*>(::pri_get_userdata(controller));
  return network->take_frame({static_cast<std::uint8_t*>(frame), static_cast<std::size_t>(room)});
}

// libpri wants frames with their FCS, and 0 where there is none.
int Network::take_frame(std::span<std::uint8_t> frame) {
  const int length = d_channel_->read(frame);
  more_ = length > 0;
  if (length <= fcs_octets || silent_) return 0;
  const Octets octets = tap_.in(frame.first(static_cast<std::size_t>(length - fcs_octets)));
  if (const std::optional<Message> message = parse_message(octets)) note(*message);
  return length;
}

int Network::write_frame(pri* controller, void* frame, int length) {
  auto* network = static_cast<Network*>(::pri_get_userdata(controller));
  if (length > fcs_octets)
    network->give_frame({static_cast<const std::uint8_t*>(frame), static_cast<std::size_t>(length)});
  return length;
}

void Network::give_frame(std::span<const std::uint8_t> frame) {
  Frame copy(frame.begin(), frame.end());
  const Octets octets = tap_.out(std::span(copy).first(copy.size() - fcs_octets));
  const std::optional<Message> message = parse_message(octets);
  if (message && message->type == MessageType::setup)
    setups_[message->reference] = Frame(octets.begin(), octets.end());
  if (!silent_) d_channel_->write(copy);
}

bool Network::send(Octets message) {
  std::optional<Frame> frame = silent_ ? std::nullopt : tap_.frame_with(message);
  if (!frame) return false;
  frame->resize(frame->size() + fcs_octets);
  d_channel_->write(*frame);
  return true;
}

int Network::reference_octets() const noexcept {
  return habits_.access == Access::primary ? 2 : 1;
}

void Network::set_timer(int timer, std::chrono::milliseconds time) {
  ::pri_set_timer(controller_, timer, static_cast<int>(time.count()));
}

void Network::note(const Message& message) {
  if (message.type == MessageType::restart_acknowledge) ++restarts_acknowledged_;
  if (message.type == MessageType::restart) restarted_.push_back(message.timeslot);
  // References are used again: the call is the newest one that has it.
  const auto call = std::find_if(calls_.rbegin(), calls_.rend(), [&message](const Call& c) {
    return message.to_originator && message.reference != 0 && c.reference == message.reference;
  });
  if (call == calls_.rend()) return other_.push_back(message);
  call->answers.push_back(message);
  if (message.timeslot != 0) call->timeslot = message.timeslot;
  // What follows the first only acknowledges it.
  if (call->cause == 0 && message.type != MessageType::status) call->cause = message.cause;
}

Call* Network::call_of(q931_call* handle) {
  const auto entry =
      std::find_if(handles_.begin(), handles_.end(), [handle](const auto& e) { return e.second == handle; });
  return entry == handles_.end() ? nullptr : entry->first;
}

void Network::take(const pri_event& event) {
  switch (event.e) {
    case PRI_EVENT_DCHAN_UP:
      up_ = true;
      return;
    case PRI_EVENT_DCHAN_DOWN:
      up_ = false;
      return;
    case PRI_EVENT_ANSWER:
      return take_answer(event.answer.call);
    case PRI_EVENT_HANGUP_REQ:
    case PRI_EVENT_HANGUP:
    case PRI_EVENT_HANGUP_ACK:
      return take_release(event.hangup);
    default:
      return;
  }
}

void Network::take_answer(q931_call* handle) {
  Call* call = call_of(handle);
  if (call == nullptr) return;
  call->connected = true;
  call->until_connect = Clock::now() - call->placed;
  if (habits_.acknowledges_connect) acknowledge_connect(*call);
}

// libpri wants to be asked to hang up at each step; with the last one, the call is no more.
void Network::take_release(const pri_event_hangup& event) {
  Call* call = call_of(event.call);
  if (call != nullptr) call->connected = false;
  ::pri_hangup(controller_, event.call, event.cause);
  if (call != nullptr && event.e != PRI_EVENT_HANGUP_REQ) forget(*call);
}

void Network::forget(Call& call) {
  call.connected = false;
  call.over = true;
  handles_.erase(&call);
}

Call& Network::place_call(const Setup& setup) {
  Call& call = calls_.emplace_back();
  call.setup = setup;
  call.timeslot = setup.timeslot;
  call.placed = Clock::now();
  q931_call* handle = ::pri_new_call(controller_);
  if (handle == nullptr) throw base::Failure("libpri has no room for another call");
  call.reference = reference_of(controller_, handle);
  handles_[&call] = handle;
  const auto record = setup_record(setup);
  if (::pri_setup(controller_, handle, record.get()) != 0)
    throw base::Failure("libpri does not take the call to {}", setup.called);
  return call;
}

void Network::more_digits(Call& call, const std::string& digits) {
  const auto entry = handles_.find(&call);
  if (entry == handles_.end()) return;
  for (const char digit : digits)
    ::pri_information(controller_, entry->second, digit);
}

void Network::hang_up(Call& call, int cause) {
  const auto entry = handles_.find(&call);
  if (entry == handles_.end()) return;
  call.connected = false;
  ::pri_hangup(controller_, entry->second, cause);
}

void Network::acknowledge_connect(Call& call) {
  const auto entry = handles_.find(&call);
  if (entry != handles_.end()) ::pri_connect_ack(controller_, entry->second, 0);
}

void Network::skip_references(unsigned count) {
  for (unsigned i = 0; i < count; ++i)
    ::pri_destroycall(controller_, ::pri_new_call(controller_));
}

void Network::repeat_setup(const Call& call) {
  const auto setup = setups_.find(call.reference);
  if (setup != setups_.end()) send(setup->second);
}

void Network::restart_channel(int timeslot) {
  ::pri_reset(controller_, timeslot);
  for (Call& call : calls_)
    if (!call.over && call.timeslot == timeslot) {
      ::pri_destroycall(controller_, handles_[&call]);
      forget(call);
    }
}

// Not libpri's: it restarts channels alone.
void Network::restart_span() {
  send(write_message(MessageType::restart, 0, reference_octets(),
                     restart_element(RestartClass::single_interface)));
  for (Call& call : calls_)
    if (!call.over) {
      ::pri_destroycall(controller_, handles_[&call]);
      forget(call);
    }
}

}  // namespace isdn
