// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/smtp_watch.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "src/base/remote_text.hpp"

namespace faxmail {
namespace {

constexpr std::size_t longest_kept = 64 * 1024;
constexpr std::size_t longest_words = 300;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

bool is_one_answer(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || end < 3 || !std::all_of(text.begin(), text.begin() + 3, is_digit))
      return false;
    const bool last = text[3] != '-';
    text.remove_prefix(end + 1);
    if (last) return text.empty();
  }
  return false;
}

std::uint64_t size_in(std::string_view answer) {
  constexpr std::string_view keyword = "SIZE ";
  while (!answer.empty()) {
    const std::size_t end = std::min(answer.find('\n'), answer.size() - 1);
    const std::string_view line = answer.substr(0, end);
    answer.remove_prefix(end + 1);
    if (line.size() < 4 + keyword.size() || line.substr(0, 3) != "250") continue;
    const bool is_size = std::equal(keyword.begin(), keyword.end(), line.begin() + 4,
                                    [](char a, char b) { return a == std::toupper(b); });
    std::uint64_t bytes = 0;
    if (is_size) std::from_chars(line.data() + 4 + keyword.size(), line.data() + line.size(), bytes);
    if (bytes != 0) return bytes;
  }
  return 0;
}

std::string words_of(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == '\r' || c == '\n' || c == '\t' || c == ' ';
    if (!space)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  return base::printable(line, longest_words);
}

void SmtpWatch::wrote(std::string_view bytes) {
  turns_.wrote(bytes);
  since_write_.clear();
  if (bytes.substr(0, 5) == "AUTH ") in_login_ = true;
  in_hello_ = bytes.substr(0, 5) == "EHLO ";
  tls_asked_ = bytes == "STARTTLS\r\n";
}

void SmtpWatch::read(std::string_view bytes) {
  turns_.read(bytes);
  if (since_write_.size() + bytes.size() > longest_kept) since_write_.clear();
  since_write_ += bytes.substr(0, longest_kept);
  note_refusal();
  if (in_hello_ && is_one_answer(since_write_)) size_limit_ = size_in(since_write_);
  if (!in_login_ || !is_one_answer(since_write_) || since_write_[0] == '3') return;
  in_login_ = false;
  authenticated_ = since_write_[0] == '2';
  if (!authenticated_) login_refusal_ = words_of(since_write_);
}

// The 221 of a QUIT after it takes nothing back.
void SmtpWatch::note_refusal() {
  if (!is_one_answer(since_write_)) return;
  const bool refusal = since_write_[0] == '4' || since_write_[0] == '5';
  tls_refused_ = tls_refused_ || (tls_asked_ && refusal);
  if (refusal)
    last_refusal_ = words_of(since_write_);
  else if (!since_write_.starts_with("221"))
    last_refusal_.clear();
}

// Up to here libesmtp sent one command at a time: STARTTLS has exactly one answer, and not a byte stands behind it.
void SmtpWatch::handshake_begins() {
  if (!handshake_begun_) out_of_turn_ = !is_one_answer(since_write_);
  handshake_begun_ = true;
  since_write_.clear();
}

}  // namespace faxmail
