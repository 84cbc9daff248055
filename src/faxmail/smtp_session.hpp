// SPDX-License-Identifier: GPL-2.0-or-later
// One libesmtp session with one message, guarded: every known trap of libesmtp 1.1.0 has its guard here, and
// each guard its reason. Used by deliver() alone.
#pragma once

#include <openssl/ssl.h>  // before libesmtp.h, which declares smtp_starttls_set_ctx only then

#include <auth-client.h>
#include <libesmtp.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/base/unique_fd.hpp"
#include "src/faxmail/delivery.hpp"
#include "src/faxmail/smtp_socket.hpp"
#include "src/faxmail/smtp_tls.hpp"
#include "src/faxmail/smtp_watch.hpp"

namespace faxmail {

// How long a session waits where libesmtp's own limits do harm. The defaults are beyond any delivery_limit_s; tests
// shorten them.
struct SmtpPatience {
  // libesmtp's own time-out of a write drops what it could not write and goes on, so that the server says 250 to a
  // message with holes. It must never come; the delivery's process is killed before.
  std::chrono::milliseconds write = std::chrono::hours(4);
  // And if it came all the same (a stopped process, a suspended machine): the next piece is refused.
  std::chrono::milliseconds stall = std::chrono::hours(3);
};

// Feeds the message's bytes to libesmtp in pieces of 64 KB.
class MessageSource {
 public:
  MessageSource(const std::filesystem::path& message, std::chrono::milliseconds longest_stall);
  // `may_close` is asked when all of it was fed: false ends the session without the closing dot.
  void tell(std::function<void()> begins, std::function<bool()> may_close) {
    begins_ = std::move(begins);
    may_close_ = std::move(may_close);
  }
  static const char* next(void** context, int* length, void* self) noexcept;
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] bool stalled() const noexcept { return stalled_; }

 private:
  void rewind() noexcept;
  const char* next_piece(int* length) noexcept;
  bool too_long_since_last_piece() noexcept;

  base::UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::vector<char> piece_;
  std::chrono::milliseconds longest_stall_;
  std::chrono::steady_clock::time_point last_;
  bool stalled_ = false;
  std::function<void()> begins_;
  std::function<bool()> may_close_;
};

class SmtpSession {
 public:
  // `heard` is told as soon as the server's last word about the message is known, before the good-byes.
  SmtpSession(const DeliveryRequest& request, const Smtp& smtp, Heard heard,
              const SmtpPatience& patience = {});
  ~SmtpSession();
  SmtpSession(const SmtpSession&) = delete;
  SmtpSession& operator=(const SmtpSession&) = delete;

  DeliveryResult run();
  // The server offered STARTTLS, and then there was no TLS with it.
  [[nodiscard]] bool tls_failed() const noexcept {
    return (tls_.failed() || watch_.tls_refused()) && !watch_.out_of_turn();
  }
  [[nodiscard]] std::string tls_trouble() const;

 private:
  void set_up_session(const SmtpPatience& patience);
  void set_up_tls();
  void set_up_login();
  void set_up_message(const DeliveryRequest& request);
  void message_answered();
  [[nodiscard]] bool may_close_message();
  [[nodiscard]] DeliveryResult result() const;
  [[nodiscard]] RecipientAnswer answer_for(std::size_t index) const;
  [[nodiscard]] std::string what_went_wrong() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool configuration_error(const DeliveryResult& result) const;
  static void event(smtp_session_t session, int number, void* self, ...);
  static void monitor(const char* bytes, int length, int writing, void* self);
  static int log_in(auth_client_request_t request, char** result, int fields, void* self);

  const Smtp& smtp_;
  Heard heard_;
  SmtpSocket socket_;
  SmtpWatch watch_;
  MessageSource source_;
  SmtpTls tls_;
  smtp_session_t session_;
  smtp_message_t message_;
  auth_context_t login_ = nullptr;
  std::vector<std::string> addresses_;
  std::vector<smtp_recipient_t> recipients_;
  std::optional<DeliveryResult> settled_;  // what was heard about the message
  bool answered_half_ = false, cut_off_ = false;
  std::string error_;         // libesmtp's own, when the session failed
  bool tls_missing_ = false;  // required, and the server has none
};

}  // namespace faxmail
