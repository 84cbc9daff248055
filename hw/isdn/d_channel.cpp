// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/isdn/d_channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace hw::isdn {
namespace {

class SocketDChannel final : public DChannel {
 public:
  explicit SocketDChannel(base::UniqueFd socket) noexcept : socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const noexcept override { return socket_.get(); }
  [[nodiscard]] short poll_events() const noexcept override { return POLLIN; }
  DEvent next_event() noexcept override {
    if (!std::exchange(over_, false)) return DEvent::none;
    return DEvent::gone;
  }
  int read(std::span<std::uint8_t> frame) noexcept override {
    const ssize_t got = ::recv(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT);
    if (got > 0) return static_cast<int>(got);
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      over_ = true;
      socket_.reset();
    }
    return 0;
  }
  void write(std::span<const std::uint8_t> frame) noexcept override {
    ::send(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

 private:
  base::UniqueFd socket_;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<DChannel> d_channel_on(base::UniqueFd socket) {
  return std::make_unique<SocketDChannel>(std::move(socket));
}

}  // namespace hw::isdn
