// SPDX-License-Identifier: GPL-2.0-or-later
// One libesmtp session with one message, guarded: every known trap of libesmtp 1.1.0 has its guard here, and
// each guard its reason. Used by deliver() alone.
#pragma once

#include <openssl/ssl.h>  // before libesmtp.h, which declares smtp_starttls_set_ctx only then

#include <auth-client.h>
#include <libesmtp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "src/base/unique_fd.hpp"
#include "src/faxmail/delivery.hpp"
#include "src/faxmail/smtp_tls.hpp"
#include "src/faxmail/smtp_watch.hpp"

namespace faxmail {

// Feeds the message's bytes to libesmtp in pieces of 64 KB.
class MessageSource {
 public:
  MessageSource(const std::filesystem::path& message, std::chrono::milliseconds longest_stall);
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
};

class SmtpSession {
 public:
  SmtpSession(const DeliveryRequest& request, const Smtp& smtp);
  ~SmtpSession();
  SmtpSession(const SmtpSession&) = delete;
  SmtpSession& operator=(const SmtpSession&) = delete;

  DeliveryResult run();

 private:
  void set_up_tls();
  void set_up_login();
  void set_up_message(const DeliveryRequest& request);
  [[nodiscard]] RecipientAnswer answer_for(std::size_t index) const;
  [[nodiscard]] std::string what_went_wrong() const;
  [[nodiscard]] bool configuration_error(const DeliveryResult& result) const;
  static void event(smtp_session_t session, int number, void* self, ...);
  static void monitor(const char* bytes, int length, int writing, void* self);
  static int log_in(auth_client_request_t request, char** result, int fields, void* self);

  const Smtp& smtp_;
  SmtpWatch watch_;
  MessageSource source_;
  SmtpTls tls_;
  smtp_session_t session_;
  smtp_message_t message_;
  auth_context_t login_ = nullptr;
  std::vector<std::string> addresses_;
  std::vector<smtp_recipient_t> recipients_;
  std::string error_;         // libesmtp's own, when the session failed
  bool tls_missing_ = false;  // required, and the server has none
};

}  // namespace faxmail
