// SPDX-License-Identifier: GPL-2.0-or-later
// What the exchange's tests are played with: a folder for the sockets, a caller written from the protocol's
// man page alone (somebody else's program, which may also misbehave), and a line that is served by a thread.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "hw/exchange/exchange_line.hpp"
#include "hw/exchange/protocol.hpp"
#include "src/base/unique_fd.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace exchange_test {

using namespace hw::exchange;
using Bytes = std::vector<std::uint8_t>;

struct Folder : unit::ScratchFolder {
  [[nodiscard]] std::string line(int number) const { return path / std::to_string(number); }
};

template <typename Whole>
Bytes bytes_of(const Whole& whole) {
  const auto* first = reinterpret_cast<const std::uint8_t*>(&whole);
  return {first, first + sizeof whole};
}

inline Dial good_dial(Law law = Law::linear) {
  Dial dial{};
  dial.type = PacketType::dial;
  dial.version = 1;
  dial.law = law;
  std::strcpy(dial.called.data(), "5550100");
  std::strcpy(dial.caller_number.data(), "+4940123");
  std::strcpy(dial.caller_name.data(), "Grüne & Söhne");
  return dial;
}

inline LinearAudio linear_audio(std::int16_t value) {
  LinearAudio audio{PacketType::audio, {}, {}};
  std::array<std::int16_t, 160> samples;
  samples.fill(value);
  std::memcpy(&audio.samples, samples.data(), sizeof samples);
  return audio;
}

class RawCaller {
 public:
  explicit RawCaller(const std::string& line)
      : socket_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, line.c_str(), sizeof address.sun_path - 1);
    connected = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  template <typename Whole>
  bool send(const Whole& whole) {
    return ::send(socket_.get(), &whole, sizeof whole, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof whole);
  }
  bool send(const Bytes& bytes) {
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  // The next packet, empty when there is none, or when the line has closed.
  Bytes receive() {
    Bytes bytes(1000);
    const ssize_t size = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    closed = size == 0;
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }
  void close() { socket_.reset(); }

  bool connected = false;
  bool closed = false;

 private:
  base::UniqueFd socket_;
};

inline Bytes signal(PacketType type) {
  return {static_cast<std::uint8_t>(type), 0, 0, 0};
}

inline std::vector<hw::LineEvent> events_of(hw::Line& line) {
  std::vector<hw::LineEvent> events;
  for (auto event = line.next_event(); event != hw::LineEvent::none; event = line.next_event())
    events.push_back(event);
  return events;
}

// A line as a line process drives it: answers after so many rings, and then says what it hears.
class ServedLine {
 public:
  explicit ServedLine(const std::string& address, int rings = 1)
      : line_(hw::open_exchange_line(address)), rings_(rings), thread_([this] { serve(); }) {}
  ~ServedLine() {
    stop_ = true;
    thread_.join();
  }
  ServedLine(const ServedLine&) = delete;
  ServedLine& operator=(const ServedLine&) = delete;

  std::atomic<int> hang_up_after_blocks = -1;  // of an answered call
  std::atomic<int> calls_ended = 0;
  hw::CallIdentity identity;  // of the last call answered; read it when that call has ended

 private:
  void serve() {
    while (!stop_) {
      pollfd poll_fd{line_->fd(), POLLIN, 0};
      const int timeout = line_->poll_timeout_ms();
      ::poll(&poll_fd, 1, timeout < 0 || timeout > 20 ? 20 : timeout);
      for (const hw::LineEvent event : events_of(*line_))
        take(event);
      hw::Block heard;
      if (line_->read(heard)) take(heard);
    }
  }
  void take(hw::LineEvent event) {
    if (event == hw::LineEvent::ring_ends && ++rings_heard_ == rings_) {
      identity = line_->identity();
      blocks_ = 0;
      line_->answer();
    }
    if (event == hw::LineEvent::caller_gone) end_call();
  }
  void take(const hw::Block& heard) {
    line_->write(heard);
    if (rings_heard_ >= rings_ && ++blocks_ == hang_up_after_blocks) end_call();
  }
  void end_call() {
    line_->hang_up();
    rings_heard_ = 0;
    ++calls_ended;
  }

  std::unique_ptr<hw::Line> line_;
  int rings_, rings_heard_ = 0, blocks_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace exchange_test
