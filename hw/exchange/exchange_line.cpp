// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/exchange/exchange_line.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <utility>

#include "hw/event_queue.hpp"
#include "hw/exchange/conditions.hpp"
#include "hw/exchange/packet.hpp"
#include "hw/exchange/socket.hpp"
#include "src/base/unique_fd.hpp"

namespace hw {
namespace exchange {
namespace {

constexpr std::uint32_t blocks_of_a_ring = 100;     // 2 s
constexpr std::uint32_t blocks_ring_to_ring = 300;  // ... and 4 s of pause
// So many callers are told busy in one go.
constexpr int callers_at_once = 16;
// In a call, who knocks is seen to once a second, or when the caller has nothing new.
constexpr std::uint32_t blocks_between_looks_at_the_door = 50;
// More packets than a socket's buffer holds.
constexpr int packets_to_drain = 1024;

std::int64_t now_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

// Ends a caller's connection such that he hears `last`: closing a socket with packets unread makes the kernel
// give the other end an error before what was sent to it, so nothing may come in any more, and what came is
// read.
void part_with(base::UniqueFd socket, PacketType last) noexcept {
  send_signal(socket.get(), last, MSG_DONTWAIT);
  ::shutdown(socket.get(), SHUT_RDWR);
  Packet unread;
  for (int i = 0; i < packets_to_drain; ++i)
    if (receive(socket.get(), unread, MSG_DONTWAIT) != Received::packet) return;
}

class ExchangeLine final : public Line {
 public:
  explicit ExchangeLine(const std::string& address) : listener_(listen_at(address)) {}

  [[nodiscard]] int fd() const noexcept override { return call_ ? call_.get() : listener_.get(); }
  [[nodiscard]] int poll_timeout_ms() const noexcept override;
  LineEvent next_event() noexcept override;
  bool read(Block& heard) noexcept override;
  void write(const Block& said) noexcept override;
  void answer() noexcept override;
  void hang_up() noexcept override;
  void accept_calls(bool may_come) noexcept override { may_come_ = may_come; }
  [[nodiscard]] const CallIdentity& identity() const noexcept override { return identity_; }
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return false; }
  [[nodiscard]] std::uint64_t guard_samples() const noexcept override { return 0; }

 private:
  enum class State : std::uint8_t {
    idle,       // → connected: somebody connects
    connected,  // → ringing: DIAL · idle: anything else
    ringing,    // → answered: answer() · idle: the caller is gone, hang_up()
    answered,   // → left: the caller is gone · idle: hang_up()
    left        // → idle: hang_up()
  };

  [[nodiscard]] bool in_call() const noexcept {
    return state_ == State::ringing || state_ == State::answered;
  }
  [[nodiscard]] bool somebody_knocks() const noexcept;
  void accept_callers() noexcept;
  bool look_at_caller() noexcept;
  void take_dial() noexcept;
  void begin_call(const Dial& dial) noexcept;
  void end_if_silent() noexcept;
  void caller_is_gone() noexcept;
  void close_call(PacketType last) noexcept;
  void count_rings() noexcept;

  base::UniqueFd listener_, call_;
  State state_ = State::idle;
  bool may_come_ = true;
  Law law_ = Law::linear;
  CallIdentity identity_;
  EventQueue events_;
  LineConditions conditions_;
  Packet block_;  // his next block, while has_block_
  bool has_block_ = false;
  std::int64_t last_sign_ms_ = 0;  // of life: his last packet, or ours, since in lock step he waits for that
  std::uint32_t blocks_rung_ = 0;
  std::uint32_t blocks_since_a_look_at_the_door_ = 0;
  std::uint32_t blocks_unanswered_ = 0;  // read, and not yet written for
};

int ExchangeLine::poll_timeout_ms() const noexcept {
  if (!events_.empty() || has_block_) return 0;
  if (!call_) return -1;
  const std::int64_t left = last_sign_ms_ + silent_caller_limit_ms - now_ms();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, silent_caller_limit_ms));
}

LineEvent ExchangeLine::next_event() noexcept {
  if (events_.empty() && !look_at_caller()) {
    accept_callers();
    look_at_caller();
  }
  return events_.take();
}

bool ExchangeLine::somebody_knocks() const noexcept {
  pollfd door{listener_.get(), POLLIN, 0};
  return ::poll(&door, 1, 0) == 1;
}

void ExchangeLine::accept_callers() noexcept {
  blocks_since_a_look_at_the_door_ = 0;
  if (call_ && !somebody_knocks()) return;
  for (int i = 0; i < callers_at_once; ++i) {
    base::UniqueFd caller(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!caller) return;
    if (state_ != State::idle || !may_come_) {
      part_with(std::move(caller), PacketType::busy);
      continue;
    }
    call_ = std::move(caller);
    state_ = State::connected;
    last_sign_ms_ = now_ms();
  }
}

// A block of audio is kept for read(). Returns whether he said or did anything in a call.
bool ExchangeLine::look_at_caller() noexcept {
  if (state_ == State::connected) take_dial();
  if (!in_call()) return !events_.empty();
  if (has_block_) return true;
  const Received received = receive(call_.get(), block_, MSG_DONTWAIT);
  if (received == Received::nothing)
    end_if_silent();
  else if (received == Received::closed || !is_audio(block_, law_))
    caller_is_gone();
  else
    has_block_ = true;
  return received != Received::nothing || !events_.empty();
}

void ExchangeLine::take_dial() noexcept {
  Packet packet;
  Dial dial{};
  switch (receive(call_.get(), packet, MSG_DONTWAIT)) {
    case Received::nothing:
      return end_if_silent();
    case Received::closed:
      return caller_is_gone();
    case Received::packet:
      if (!get_dial(packet, dial)) return caller_is_gone();
      begin_call(dial);
  }
}

void ExchangeLine::begin_call(const Dial& dial) noexcept {
  if (!may_come_) {
    close_call(PacketType::busy);
    state_ = State::idle;
    return;
  }
  identity_.called = ShortText<32>(dial.called.data());
  identity_.caller_number = ShortText<32>(dial.caller_number.data());
  identity_.caller_name = ShortText<64>(dial.caller_name.data());
  law_ = dial.law;
  conditions_.begin(dial.conditions);
  has_block_ = false;
  blocks_rung_ = blocks_unanswered_ = 0;
  state_ = State::ringing;
  last_sign_ms_ = now_ms();
  events_.put(LineEvent::ring_begins);
  if (!send_signal(call_.get(), PacketType::ringing, MSG_DONTWAIT)) caller_is_gone();
}

void ExchangeLine::end_if_silent() noexcept {
  if (now_ms() - last_sign_ms_ >= silent_caller_limit_ms) caller_is_gone();
}

void ExchangeLine::caller_is_gone() noexcept {
  if (in_call()) events_.put(LineEvent::caller_gone);
  state_ = state_ == State::answered ? State::left : State::idle;
  close_call(PacketType::hangup);
}

void ExchangeLine::close_call(PacketType last) noexcept {
  part_with(std::move(call_), last);
}

bool ExchangeLine::read(Block& heard) noexcept {
  look_at_caller();
  if (!in_call() || !std::exchange(has_block_, false)) return false;
  if (!get_audio(block_, law_, heard)) {
    caller_is_gone();
    return false;
  }
  last_sign_ms_ = now_ms();
  ++blocks_unanswered_;
  if (++blocks_since_a_look_at_the_door_ >= blocks_between_looks_at_the_door) accept_callers();
  if (state_ == State::ringing) count_rings();
  conditions_.towards_line(heard);
  return true;
}

void ExchangeLine::count_rings() noexcept {
  const std::uint32_t since_ring_began = ++blocks_rung_ % blocks_ring_to_ring;
  if (since_ring_began == blocks_of_a_ring) events_.put(LineEvent::ring_ends);
  if (since_ring_began == 0) events_.put(LineEvent::ring_begins);
}

void ExchangeLine::write(const Block& said) noexcept {
  if (!in_call() || blocks_unanswered_ == 0) return;
  --blocks_unanswered_;
  Block arriving = said;
  conditions_.towards_caller(arriving);
  last_sign_ms_ = now_ms();
  // A caller whose buffer is full does not listen; waiting for him would stop the line.
  if (!send_audio(call_.get(), law_, arriving, MSG_DONTWAIT)) caller_is_gone();
}

void ExchangeLine::answer() noexcept {
  if (state_ != State::ringing) return;
  state_ = State::answered;
  conditions_.answered();
  if (!send_signal(call_.get(), PacketType::answered, MSG_DONTWAIT)) caller_is_gone();
}

void ExchangeLine::hang_up() noexcept {
  if (call_) close_call(PacketType::hangup);
  state_ = State::idle;
  events_.clear();
}

}  // namespace
}  // namespace exchange

std::unique_ptr<Line> open_exchange_line(const std::string& address, const LineOptions&, base::UniqueFd) {
  return std::make_unique<exchange::ExchangeLine>(address);
}

}  // namespace hw
