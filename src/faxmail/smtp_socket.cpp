// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/smtp_socket.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace faxmail {
namespace {

constexpr int fds_looked_at = 64;  // as many as a delivery's process may have

bool is_connection(int fd) noexcept {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return false;
  sockaddr_storage peer{};
  size = sizeof peer;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return false;
  return peer.ss_family == AF_INET || peer.ss_family == AF_INET6;
}

}  // namespace

SmtpSocket::SmtpSocket() {
  for (int fd = 0; fd < fds_looked_at; ++fd)
    if (is_connection(fd)) others_.push_back(fd);
}

int SmtpSocket::fd() const noexcept {
  for (int fd = 0; fd < fds_looked_at; ++fd)
    if (is_connection(fd) && std::find(others_.begin(), others_.end(), fd) == others_.end()) return fd;
  return -1;
}

std::string SmtpSocket::unread() const {
  std::array<char, 128> text{};
  ssize_t got = 0;
  if (ssl_ != nullptr) {
    got = SSL_peek(ssl_, text.data(), static_cast<int>(text.size()));
    ERR_clear_error();
  } else if (const int socket = fd(); socket >= 0) {
    got = ::recv(socket, text.data(), text.size(), MSG_PEEK | MSG_DONTWAIT);
  }
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
}

bool SmtpSocket::over() const noexcept {
  const int socket = fd();
  if (socket < 0) return true;  // a reset one has no peer any more
  char first = 0;
  const ssize_t got = ::recv(socket, &first, 1, MSG_PEEK | MSG_DONTWAIT);
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

void SmtpSocket::hang_up() const noexcept {
  if (const int socket = fd(); socket >= 0) ::shutdown(socket, SHUT_RDWR);
}

void SmtpSocket::listen_no_more() const noexcept {
  if (const int socket = fd(); socket >= 0) ::shutdown(socket, SHUT_RD);
}

}  // namespace faxmail
