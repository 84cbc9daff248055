// SPDX-License-Identifier: GPL-2.0-or-later
// The TLS that libesmtp is given in place of its own: TLS 1.2 (its TLS 1.3 hangs in one session of three),
// with the server's name sent and checked, which libesmtp does not do. Owned by one delivery, outlives its
// session.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "src/faxmail/smtp_watch.hpp"

namespace faxmail {

class SmtpTls {
 public:
  // `verify`: the certificate must be good for `server` by the system's authorities. Throws base::Failure.
  SmtpTls(const std::string& server, bool verify, SmtpWatch& watch);
  SmtpTls(const SmtpTls&) = delete;
  SmtpTls& operator=(const SmtpTls&) = delete;

  [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }
  [[nodiscard]] bool verifies() const noexcept { return verify_; }
  [[nodiscard]] const std::string& trouble() const noexcept {
    return trouble_;
  }  // why the certificate was refused

 private:
  static void info(const SSL* ssl, int where, int result);
  static int check(int good, X509_STORE_CTX* store);
  void handshake_begins(SSL* ssl);

  std::string server_;
  bool server_is_address_ = false;
  bool verify_;
  SmtpWatch& watch_;
  std::string trouble_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace faxmail
