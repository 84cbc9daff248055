// SPDX-License-Identifier: GPL-2.0-or-later
// What libesmtp does not tell: it listens in on a session's bytes (the library's monitor callback) for three
// things: plaintext that came with the answer to STARTTLS (libesmtp would take it for the answer to what is
// said after the handshake), how AUTH went, and what the server said last. Owned by one delivery. It sees
// passwords: nothing of what is written is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faxmail {

class SmtpWatch {
 public:
  void wrote(std::string_view bytes);
  void read(std::string_view bytes);
  void handshake_begins();

  // The server spoke when it was not asked, before the TLS handshake.
  [[nodiscard]] bool out_of_step() const noexcept { return out_of_step_; }
  [[nodiscard]] bool authenticated() const noexcept { return authenticated_; }
  [[nodiscard]] const std::string& login_refusal() const noexcept { return login_refusal_; }  // empty: none
  // The last complete answer when it was a refusal (4xx, 5xx), printable; else empty.
  [[nodiscard]] std::string last_refusal() const;
  // The largest mail it takes, as it said in answer to EHLO; 0 = it did not say.
  [[nodiscard]] std::uint64_t size_limit() const noexcept { return size_limit_; }

 private:
  std::string since_write_;  // what the server said since our last command
  std::string login_refusal_;
  std::uint64_t size_limit_ = 0;
  bool handshake_begun_ = false;
  bool out_of_step_ = false;
  bool in_login_ = false;
  bool in_hello_ = false;
  bool authenticated_ = false;
};

// Whether the text is one whole SMTP answer (RFC 5321, 4.2.1: lines "250-…", the last "250 …") and nothing
// after it.
bool is_one_answer(std::string_view text);
// N of the line "250-SIZE N" (RFC 1870, 3) in an answer to EHLO; 0 when there is none.
std::uint64_t size_in(std::string_view answer);
// A server's words on one line, printable, of at most 300 bytes.
std::string words_of(std::string_view text);

}  // namespace faxmail
