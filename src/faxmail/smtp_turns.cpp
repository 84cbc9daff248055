// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/smtp_turns.hpp"

#include <algorithm>

namespace faxmail {
namespace {

constexpr std::uint64_t longest_answer = 64 * 1024;
constexpr std::string_view data = "DATA\r\n";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// "250" and "250 text" end an answer, "250-text" does not; what has no code is no answer.
bool ends_an_answer(std::string_view line) {
  return line.size() >= 4 && std::all_of(line.begin(), line.begin() + 3, is_digit) && line[3] != '-';
}

}  // namespace

void SmtpTurns::wrote(std::string_view bytes) {
  for (const char c : bytes) {
    if (command_.size() < data.size()) command_ += c;
    if (c == '\n') end_of_command();
  }
}

void SmtpTurns::end_of_command() {
  ++questions_;
  data_asked_ = command_ == data;
  command_.clear();
}

void SmtpTurns::message_begins() {
  in_message_ = data_wanted_;
}

void SmtpTurns::message_ends() {
  in_message_ = false;
}

void SmtpTurns::read(std::string_view bytes) {
  for (const char c : bytes) {
    if (answer_line_.size() < 4) answer_line_ += c;
    ++answer_bytes_;
    if (c == '\n') end_of_answer_line();
  }
  endless_ = endless_ || answer_bytes_ > longest_answer;
}

void SmtpTurns::end_of_answer_line() {
  const bool end = ends_an_answer(answer_line_);
  const char first = answer_line_[0];
  answer_line_.clear();
  if (!end) return;
  answer_bytes_ = 0;
  ++answers_;
  unasked_ = unasked_ || answers_ > questions_ || in_message_;
  if (!data_asked_ || answers_ != questions_) return;
  data_asked_ = false;
  data_wanted_ = first == '3';
  if (data_wanted_) ++questions_;  // the message, even an empty one when there are no recipients left
}

}  // namespace faxmail
