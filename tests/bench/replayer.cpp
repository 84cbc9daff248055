// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/replayer.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>

#include "hw/exchange/packet.hpp"
#include "hw/exchange/socket.hpp"
#include "src/base/errors.hpp"
#include "tests/bench/cpu_time.hpp"

namespace bench {
namespace {

using hw::exchange::PacketType;

constexpr std::uint64_t ticks_a_block = 20;  // of 1 ms
constexpr double longest_start_s = 30;       // all calls have begun by then
// After a page's end the command itself takes 1.3 s; and then its verdict, and catching up.
constexpr std::size_t page_end_blocks = 5 * blocks_per_s;
constexpr std::size_t longest_ring_blocks = 20 * blocks_per_s;
constexpr std::uint64_t ticks_after_the_last = 15'000;

base::UniqueFd ticking_each_ms() {
  base::UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  const itimerspec each_ms{{0, 1'000'000}, {0, 1'000'000}};
  if (!timer || ::timerfd_settime(timer.get(), 0, &each_ms, nullptr) != 0)
    throw base::system_failure("cannot make a timer");
  return timer;
}

void watch(int epoll, int fd, std::uint64_t data) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = data;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) throw base::system_failure("cannot watch a socket");
}

}  // namespace

Replayer::Replayer(const RecordedCall& call) : call_(call), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw base::system_failure("cannot wait for many sockets");
}

void Replayer::add_line(const std::filesystem::path& socket, Answers& answers) {
  connections_.push_back({socket, {}, &answers, false, false, 0, {}, 0, 0, 0});
}

void Replayer::add_loop(base::UniqueFd socket, Answers& answers) {
  connections_.push_back({{}, std::move(socket), &answers, true, false, 0, {}, 0, 0, 0});
}

std::uint64_t Replayer::first_tick(std::size_t index) const {
  const double start_ms = std::min(longest_start_s, call_.seconds() / 2) * 1000;
  return static_cast<std::uint64_t>(start_ms * static_cast<double>(index) /
                                    static_cast<double>(connections_.size()));
}

// A line takes a caller who says nothing for 10 s for one who has left: dialled when the first block goes.
void Replayer::begin(std::size_t index) {
  Connection& connection = connections_[index];
  if (!connection.line.empty()) {
    connection.socket = hw::exchange::connect_to(connection.line, 10);
    if (!connection.socket) throw base::Failure("nobody serves the line {}", connection.line.string());
    hw::exchange::Dial dial{};
    dial.type = PacketType::dial;
    dial.version = hw::exchange::protocol_version;
    std::copy_n("030987654", 9, dial.called.begin());
    hw::exchange::send_dial(connection.socket.get(), dial);
  }
  watch(epoll_.get(), connection.socket.get(), index);
}

void Replayer::send_block(Connection& connection) {
  static constexpr hw::Block silence{};
  const hw::Block& said = connection.answered ? call_.caller[connection.played++] : silence;
  connection.before_answer += connection.answered ? 0 : 1;
  connection.sent_ns.push_back(monotonic_ns());
  if (!hw::exchange::send_audio(connection.socket.get(), hw::exchange::Law::linear, said, MSG_DONTWAIT) ||
      connection.before_answer > longest_ring_blocks)
    connection.over = true;
}

// The recording's page ends tell which answers may be late because a page is being stored.
void Replayer::note_answer(Connection& connection) {
  if (connection.heard >= connection.sent_ns.size()) return;
  const float ms = static_cast<float>(monotonic_ns() - connection.sent_ns[connection.heard++]) / 1e6F;
  const std::size_t ringing = std::min(connection.before_answer, connection.heard);
  const std::size_t block = connection.heard - ringing;
  const std::vector<std::size_t>& ends = call_.page_ends;
  while (connection.page < ends.size() && block >= ends[connection.page]) {
    ++connection.page;
    connection.answers->begin_page();
  }
  if (connection.page > 0 && block < ends[connection.page - 1] + page_end_blocks) {
    float& slowest = connection.answers->page_ms.back();
    slowest = std::max(slowest, ms);
  } else {
    connection.answers->ms.push_back(ms);
  }
}

void Replayer::hear(Connection& connection) {
  hw::exchange::Packet packet;
  for (;;) {
    switch (hw::exchange::receive(connection.socket.get(), packet, MSG_DONTWAIT)) {
      case hw::exchange::Received::nothing:
        return;
      case hw::exchange::Received::closed:
        connection.over = true;
        return;
      case hw::exchange::Received::packet:
        break;
    }
    if (hw::exchange::is_audio(packet, hw::exchange::Law::linear))
      note_answer(connection);
    else if (hw::exchange::is_signal(packet, PacketType::answered))
      connection.answered = true;
    else if (hw::exchange::is_signal(packet, PacketType::hangup))
      connection.over = true;
  }
}

void Replayer::tick(std::uint64_t tick) {
  for (std::size_t n = tick % ticks_a_block; n < connections_.size(); n += ticks_a_block) {
    Connection& connection = connections_[n];
    if (connection.over || tick < first_tick(n)) continue;
    if (connection.sent_ns.empty()) begin(n);
    if (connection.played < call_.caller.size())
      send_block(connection);
    else if (connection.line.empty())
      connection.over = true;
  }
}

bool Replayer::all_over() const {
  return std::all_of(connections_.begin(), connections_.end(), [](const Connection& c) { return c.over; });
}

void Replayer::run() {
  const base::UniqueFd timer = ticking_each_ms();
  constexpr std::uint64_t the_timer = ~std::uint64_t{0};
  watch(epoll_.get(), timer.get(), the_timer);
  const auto last_tick = static_cast<std::uint64_t>((longest_start_s + call_.seconds()) * 1000 +
                                                    20.0 * longest_ring_blocks + ticks_after_the_last);
  std::array<epoll_event, 64> events;
  for (std::uint64_t now = 0; !all_over() && now < last_tick;) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 1000);
    for (int n = 0; n < count; ++n) {
      const std::uint64_t who = events[static_cast<std::size_t>(n)].data.u64;
      if (who != the_timer) {
        Connection& connection = connections_[who];
        hear(connection);
        if (connection.over) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.socket.get(), nullptr);
        continue;
      }
      std::uint64_t passed = 0;
      if (::read(timer.get(), &passed, sizeof passed) != sizeof passed) continue;
      latest_tick_ms_ = std::max(latest_tick_ms_, static_cast<double>(passed) - 1);
      while (passed-- > 0)
        tick(now++);
    }
  }
}

unsigned Replayer::hung_up() const {
  return static_cast<unsigned>(
      std::count_if(connections_.begin(), connections_.end(),
                    [this](const Connection& c) { return !c.line.empty() && c.over && c.played > 0; }));
}

std::uint64_t Replayer::blocks_sent() const {
  std::uint64_t blocks = 0;
  for (const Connection& connection : connections_)
    blocks += connection.sent_ns.size();
  return blocks;
}

}  // namespace bench
