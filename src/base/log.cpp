// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/log.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include <chrono>
#include <cstdlib>
#include <set>

namespace base::log {
namespace {

struct Destination {
  std::string program;
  std::string speaker;
  bool journal = false;
  bool with_debug = false;
  int journal_fd = -1;
};

Destination& destination() {
  static Destination one;
  return one;
}

// systemd.exec(5): JOURNAL_STREAM holds device and inode of the journal's socket when stderr is connected to
// it.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(STDERR_FILENO, &status) != 0) return false;
  return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

void to_journal(Level level, std::string_view message, const Fields& fields) {
  std::vector<std::string> items;
  items.push_back(fmt::format("PRIORITY={}", static_cast<int>(level)));
  items.push_back(fmt::format("SYSLOG_IDENTIFIER={}", destination().program));
  items.push_back(fmt::format("MESSAGE={}{}{}", destination().speaker,
                              destination().speaker.empty() ? "" : ": ", message));
  if (!destination().speaker.empty()) items.push_back("FAX_SPEAKER=" + destination().speaker);
  for (const auto& [name, value] : fields)
    items.push_back(fmt::format("FAX_{}={}", name, value));
  std::vector<iovec> vectors;
  vectors.reserve(items.size());
  for (std::string& item : items)
    vectors.push_back({item.data(), item.size()});
  ::sd_journal_sendv(vectors.data(), static_cast<int>(vectors.size()));
}

// libsystemd opens its socket with the first message and never tells the number: it is the fd that appears
// then.
std::set<int> open_fds() {
  std::set<int> fds;
  for (int fd = STDERR_FILENO + 1; fd < 256; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) fds.insert(fd);
  return fds;
}

int open_journal() {
  const std::set<int> before = open_fds();
  to_journal(Level::debug, "logging to the journal", {});
  for (const int fd : open_fds())
    if (before.count(fd) == 0) return fd;
  return -1;
}

void to_terminal(Level level, std::string_view message) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto ms = now.time_since_epoch().count() % 1000;
  std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const char* mark = level == Level::error ? "ERROR " : level == Level::warning ? "warning " : "";
  const std::string& speaker = destination().speaker;
  std::string line = fmt::format("{:%H:%M:%S}.{:03} {} {}{}{}{}\n", local, ms, destination().program, mark,
                                 speaker, speaker.empty() ? "" : ": ", message);
  // One write: lines of several processes do not mix. A terminal that is gone is no reason to stop.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

void open(std::string_view program, bool with_debug) {
  destination().program = program;
  destination().with_debug = with_debug;
  destination().journal = stderr_is_the_journal();
  ::tzset();  // localtime_r reads the zone's file once, here, while that is still allowed
  if (destination().journal) destination().journal_fd = open_journal();
}

void set_speaker(std::string speaker) {
  destination().speaker = std::move(speaker);
}

int journal_fd() noexcept {
  return destination().journal_fd;
}

bool debug_wanted() noexcept {
  return destination().with_debug;
}

void write(Level level, std::string_view message, const Fields& fields) {
  if (destination().journal)
    to_journal(level, message, fields);
  else
    to_terminal(level, message);
}

}  // namespace base::log
