// SPDX-License-Identifier: GPL-2.0-or-later
// What libesmtp does not tell: it listens in on a session's bytes (the library's monitor callback) for a server that
// speaks out of turn, for plaintext that came with the answer to STARTTLS (libesmtp would take it for the answer to
// what is said after the handshake), for how AUTH went, and for what the server said last. Owned by one delivery. It
// sees passwords: nothing of what is written is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/faxmail/smtp_turns.hpp"

namespace faxmail {

class SmtpWatch {
 public:
  void wrote(std::string_view bytes);
  void read(std::string_view bytes);
  void handshake_begins();
  void message_begins() { turns_.message_begins(); }
  void message_ends() { turns_.message_ends(); }

  // The server spoke when it was not asked, or plaintext stood behind its answer to STARTTLS: nothing it says counts.
  [[nodiscard]] bool out_of_turn() const noexcept { return out_of_turn_ || turns_.unasked(); }
  [[nodiscard]] bool endless() const noexcept { return turns_.endless(); }
  [[nodiscard]] const SmtpTurns& turns() const noexcept { return turns_; }
  [[nodiscard]] bool authenticated() const noexcept { return authenticated_; }
  [[nodiscard]] const std::string& login_refusal() const noexcept { return login_refusal_; }  // empty: none
  [[nodiscard]] bool tls_refused() const noexcept { return tls_refused_; }  // STARTTLS was, though offered
  // The last complete answer when it was a refusal (4xx, 5xx), printable; else empty.
  [[nodiscard]] const std::string& last_refusal() const noexcept { return last_refusal_; }
  // The largest mail it takes, as it said in answer to EHLO; 0 = it did not say.
  [[nodiscard]] std::uint64_t size_limit() const noexcept { return size_limit_; }

 private:
  void note_refusal();

  SmtpTurns turns_;
  std::string since_write_;  // what the server said since our last command
  std::string login_refusal_;
  std::string last_refusal_;
  std::uint64_t size_limit_ = 0;
  bool handshake_begun_ = false;
  bool out_of_turn_ = false;
  bool in_login_ = false;
  bool tls_asked_ = false, tls_refused_ = false;
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
