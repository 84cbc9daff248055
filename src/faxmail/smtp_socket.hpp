// SPDX-License-Identifier: GPL-2.0-or-later
// The connection that libesmtp made and does not show: found among this process's own fds, to look whether the server
// has said something already, and to end a session from where the library offers no way to. Used by one delivery.
#pragma once

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace faxmail {

class SmtpSocket {
 public:
  SmtpSocket();  // before the session: what is connected now is somebody else's

  void use(SSL* ssl) noexcept { ssl_ = ssl; }  // from its handshake on, to be read through; null: no longer
  // What has come and nobody has read yet, its first bytes; empty: nothing. Never waits.
  [[nodiscard]] std::string unread() const;
  // The server has ended the connection, or something between has.
  [[nodiscard]] bool over() const noexcept;
  void hang_up() const noexcept;         // whatever libesmtp does next fails
  void listen_no_more() const noexcept;  // what it waits for then does not come, what it writes goes out

 private:
  [[nodiscard]] int fd() const noexcept;

  std::vector<int> others_;
  SSL* ssl_ = nullptr;
};

}  // namespace faxmail
