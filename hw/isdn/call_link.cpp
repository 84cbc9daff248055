// SPDX-License-Identifier: GPL-2.0-or-later
#include "hw/isdn/call_link.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <type_traits>

namespace hw::isdn {
namespace {

// More than a socket's buffer holds of anything.
constexpr int words_at_once = 1024;

template <typename Word>
bool send_word(int link, const Word& word) noexcept {
  static_assert(std::is_trivially_copyable_v<Word>);
  return ::send(link, &word, sizeof word, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof word;
}

template <typename Word>
std::optional<Word> receive_word(int link) noexcept {
  for (int i = 0; i < words_at_once; ++i) {
    Word word{};
    // One that is longer is cut by the kernel, which says so by its length.
    const ssize_t got = ::recv(link, static_cast<void*>(&word), sizeof word, MSG_DONTWAIT | MSG_TRUNC);
    if (got == sizeof word) return word;
    if (got == 0 || (got < 0 && errno != EINTR)) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

bool say(int link, const ToLine& word) noexcept {
  return send_word(link, word);
}
bool say(int link, const ToSpan& word) noexcept {
  return send_word(link, word);
}
std::optional<ToLine> hear_span(int link) noexcept {
  return receive_word<ToLine>(link);
}
std::optional<ToSpan> hear_line(int link) noexcept {
  return receive_word<ToSpan>(link);
}

}  // namespace hw::isdn
