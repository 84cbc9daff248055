// SPDX-License-Identifier: GPL-2.0-or-later
// What the programs tell the operator: to the journal with fields when systemd started them, else to the
// terminal, a line each with the time. Every message is one sentence that stands alone. Any process but a
// line process may log; a line process says its things through its ring (src/faxrx/ring_records.hpp).
//
// A function logs an error or hands it up, never both.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace base::log {

enum class Level { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };  // syslog's numbers

// A journal field: NAME in capitals (it is stored as FAX_NAME), and its value.
using Fields = std::vector<std::pair<std::string_view, std::string>>;

// Called once at the start of a program. Finds out where messages go, and opens it, so that a process which
// later may open nothing can still speak.
void open(std::string_view program, bool with_debug);
// Who speaks from now on in this process, "line exchange:/run/x/1 page"; put before each message on a
// terminal.
void set_speaker(std::string speaker);
bool debug_wanted() noexcept;
// The fd that must stay open for logging, beside stderr; −1 = none. libsystemd keeps it to itself.
int journal_fd() noexcept;

void write(Level level, std::string_view message, const Fields& fields = {});

template <typename... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (debug_wanted()) write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace base::log
