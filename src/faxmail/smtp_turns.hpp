// SPDX-License-Identifier: GPL-2.0-or-later
// Whose turn it is in an SMTP session: counts what was asked and what was answered. libesmtp takes the next line of a
// server's for the answer to the next command, whenever it came; a server that says "250" ahead of time would so have
// taken a message that it never read. Fed by SmtpWatch; keeps nothing of what is written. The message itself libesmtp
// does not show, and with BDAT nothing that comes after MAIL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace faxmail {

class SmtpTurns {
 public:
  void wrote(std::string_view bytes);
  void read(std::string_view bytes);
  void message_begins();
  void message_ends();

  // The server answered what was not asked yet. Once true, it stays so.
  [[nodiscard]] bool unasked() const noexcept { return unasked_; }
  // One answer is longer than any server's: 64 KB without its last line.
  [[nodiscard]] bool endless() const noexcept { return endless_; }
  // After the server's 354 and before the closing dot: its next word can be about half a message only.
  [[nodiscard]] bool in_message() const noexcept { return in_message_; }

 private:
  void end_of_command();
  void end_of_answer_line();

  std::uint64_t questions_ = 1;  // the connection itself asks for a greeting
  std::uint64_t answers_ = 0;
  std::uint64_t answer_bytes_ = 0;
  std::string command_;                            // its first bytes
  std::string answer_line_;                        // its first bytes
  bool data_asked_ = false, data_wanted_ = false;  // DATA, 354
  bool in_message_ = false;
  bool unasked_ = false;
  bool endless_ = false;
};

}  // namespace faxmail
