// SPDX-License-Identifier: GPL-2.0-or-later
// The TLS that libesmtp is given in place of its own: TLS 1.2 (its TLS 1.3 hangs in one session of three),
// with the server's name sent and checked, which libesmtp does not do. Owned by one delivery, outlives its
// session.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "src/faxmail/settings.hpp"
#include "src/faxmail/smtp_socket.hpp"
#include "src/faxmail/smtp_watch.hpp"

namespace faxmail {

class SmtpTls {
 public:
  // With `verify` the certificate must be good for the server's name, by smtp.ca_file's authorities when it names
  // some, else by the system's. Throws base::Failure. The other two outlive it.
  SmtpTls(const Smtp& smtp, bool verify, SmtpWatch& watch, SmtpSocket& socket);
  SmtpTls(const SmtpTls&) = delete;
  SmtpTls& operator=(const SmtpTls&) = delete;

  [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }
  [[nodiscard]] bool verifies() const noexcept { return verify_; }
  // Why the certificate was refused; empty: it was not.
  [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
  // A handshake began and came to no end.
  [[nodiscard]] bool failed() const noexcept { return begun_ && !done_; }

 private:
  static void info(const SSL* ssl, int where, int result);
  static int check(int good, X509_STORE_CTX* store);
  void check_certificates(const std::string& ca_file);
  void handshake_begins(SSL* ssl);

  std::string server_;
  bool server_is_address_ = false;
  bool verify_;
  bool begun_ = false, done_ = false;
  SmtpWatch& watch_;
  SmtpSocket& socket_;
  std::string trouble_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace faxmail
