// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/exchange/trunk.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <charconv>
#include <filesystem>
#include <utility>

#include "hw/exchange/exchange_line.hpp"
#include "hw/exchange/socket.hpp"
#include "hw/isdn/isdn_line.hpp"

namespace hw {
namespace exchange {
namespace {

namespace fs = std::filesystem;

// An exchange's line whose ringing tells nothing new: it is taken when the call that came by the D channel is.
class TrunkSound final : public isdn::Bearer {
 public:
  explicit TrunkSound(const std::string& address) : line_(open_exchange_line(address)) {
    line_->accept_calls(false);
  }

  [[nodiscard]] int fd() const noexcept override { return line_->fd(); }
  [[nodiscard]] int poll_timeout_ms() const noexcept override { return line_->poll_timeout_ms(); }
  void take(Law) noexcept override {
    taken_ = true;
    line_->accept_calls(true);
  }
  void answer() noexcept override {
    connected_ = true;
    if (rings_) line_->answer();
  }
  void release() noexcept override {
    line_->hang_up();
    line_->accept_calls(false);
    connected_ = rings_ = taken_ = false;
  }
  bool read(Block& heard) noexcept override { return line_->read(heard); }
  void write(const Block& said) noexcept override { line_->write(said); }
  LineEvent next_event() noexcept override;
  [[nodiscard]] bool runs_in_real_time() const noexcept override { return false; }

 private:
  std::unique_ptr<Line> line_;
  bool taken_ = false, connected_ = false, rings_ = false;
};

// Whoever connects before the call has come waits at the door.
LineEvent TrunkSound::next_event() noexcept {
  if (!taken_) return LineEvent::none;
  for (LineEvent event = line_->next_event(); event != LineEvent::none; event = line_->next_event()) {
    if (event == LineEvent::caller_gone) return event;
    if (event != LineEvent::ring_begins || std::exchange(rings_, true)) continue;
    if (connected_) line_->answer();
  }
  return LineEvent::none;
}

// Waits for a network to connect, and for the next one when that is gone.
class TrunkDChannel final : public isdn::DChannel {
 public:
  explicit TrunkDChannel(const fs::path& socket) : listener_(listen_at(socket)) {}

  [[nodiscard]] int fd() const noexcept override { return network_ ? network_.get() : listener_.get(); }
  [[nodiscard]] short poll_events() const noexcept override { return POLLIN; }
  isdn::DEvent next_event() noexcept override {
    if (!network_) {
      network_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (network_) return isdn::DEvent::alarm_over;
    }
    return std::exchange(lost_, false) ? isdn::DEvent::alarm : isdn::DEvent::none;
  }
  int read(std::span<std::uint8_t> frame) noexcept override {
    if (!network_) return 0;
    const ssize_t got = ::recv(network_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
    if (got > 0) return static_cast<int>(got);
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      network_.reset();
      lost_ = true;
    }
    return 0;
  }
  void write(std::span<const std::uint8_t> frame) noexcept override {
    if (network_) ::send(network_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

 private:
  base::UniqueFd listener_, network_;
  bool lost_ = false;
};

std::unique_ptr<isdn::DChannel> open_trunk_d_channel(const std::string& socket) {
  return std::make_unique<TrunkDChannel>(socket);
}

}  // namespace

std::unique_ptr<isdn::Bearer> open_trunk_sound(const std::string& address) {
  return std::make_unique<TrunkSound>(address);
}

}  // namespace exchange

std::unique_ptr<Line> open_trunk_line(const std::string& address, const LineOptions&, base::UniqueFd link) {
  return std::make_unique<isdn::IsdnLine>(exchange::open_trunk_sound(address), std::move(link));
}

std::optional<isdn::SpanPlace> trunk_span_of(const std::string& address) {
  const std::filesystem::path path(address);
  const std::string number = path.filename().string();
  unsigned timeslot = 0;
  std::from_chars(number.data(), number.data() + number.size(), timeslot);
  return isdn::SpanPlace{"trunk:" + path.parent_path().string(), isdn::SpanType::e1, timeslot,
                         (path.parent_path() / "d").string(), exchange::open_trunk_d_channel};
}

}  // namespace hw
