// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/after/run_program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "src/base/child.hpp"
#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/event_loop.hpp"
#include "src/base/memory_file.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

constexpr auto grace = 2s;  // between SIGTERM and SIGKILL
constexpr std::size_t copy_bytes = 256 * 1024, longest_line = 500;

// The program's own, under names that say what is in them.
class FaxFolder {
 public:
  explicit FaxFolder(const AfterRequest& request) {
    const char* wished = std::getenv("TMPDIR");
    std::string name = (fs::path(wished == nullptr ? "/var/tmp" : wished) / "dahdi-fax.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw base::system_failure("cannot make a folder " + name);
    path = name;
    try {
      for (const AfterRequest::File& file : request.files)
        files.push_back(copied(file, path / (request.name + "." + file.ending)));
    } catch (...) {
      remove();
      throw;
    }
  }
  ~FaxFolder() { remove(); }
  FaxFolder(const FaxFolder&) = delete;
  FaxFolder& operator=(const FaxFolder&) = delete;

  fs::path path;
  std::vector<std::string> files;

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  static std::string copied(const AfterRequest::File& file, const fs::path& to) {
    const base::UniqueFd out(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!out) throw base::system_failure("cannot make " + to.string());
    std::vector<std::uint8_t> buffer(copy_bytes);
    for (off_t at = 0;;) {
      const ssize_t got = ::pread(file.fd.get(), buffer.data(), buffer.size(), at);
      if (got < 0) throw base::system_failure("cannot read the fax");
      if (got == 0) return to;
      base::write_all(out.get(), {buffer.data(), static_cast<std::size_t>(got)}, to.string());
      at += got;
    }
  }
};

// What it says on standard error goes on to our own, the journal; the last line is remembered.
class LastWords {
 public:
  LastWords() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw base::system_failure("cannot make a pipe");
    from.reset(ends[0]);
    to.reset(ends[1]);
    ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
  }
  // False: nobody can say anything more.
  bool hear() {
    std::array<char, 4096> bytes{};
    errno = 0;
    const ssize_t got = ::read(from.get(), bytes.data(), bytes.size());
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
    const auto size = static_cast<std::size_t>(got);
    static_cast<void>(::write(STDERR_FILENO, bytes.data(), size));
    for (const char c : std::string_view(bytes.data(), size))
      take(c);
    return true;
  }
  // Of those that are gone; a bounded number of turns, since some may live that were not to be reached.
  void hear_the_rest() {
    for (int turns = 0; turns < 256; ++turns)
      if (!hear() || errno == EAGAIN) return;
  }
  [[nodiscard]] std::string line() const { return line_.empty() ? last_ : line_; }

  base::UniqueFd from, to;

 private:
  void take(char c) {
    if (c != '\n') {
      if (line_.size() < longest_line) line_ += c;
      return;
    }
    if (!line_.empty()) last_ = line_;
    line_.clear();
  }
  std::string line_, last_;
};

[[noreturn]] void become(const After& after, const FaxFolder& folder, int input, int error) {
  std::vector<std::string> words = after.program;
  words.insert(words.end(), folder.files.begin(), folder.files.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::setsid();
  static_cast<void>(::signal(SIGPIPE, SIG_DFL));
  for (const char* ours : {"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "NOTIFY_SOCKET"})
    ::unsetenv(ours);
  ::dup2(input, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);  // the journal
  ::dup2(error, STDERR_FILENO);
  if (::chdir(folder.path.c_str()) == 0) {
    ::close_range(STDERR_FILENO + 1, ~0U, 0);
    ::execv(pointers[0], pointers.data());
  }
  fmt::print(stderr, "{}\n", base::system_failure("cannot run " + after.program.front()).what());
  ::_exit(EX_TEMPFAIL);  // as if it had said so: nothing was done
}

std::vector<pid_t> children() {
  std::ifstream list(fmt::format("/proc/self/task/{}/children", ::getpid()));
  std::vector<pid_t> pids;
  for (pid_t pid = 0; list >> pid;)
    pids.push_back(pid);
  return pids;
}

// Orphans become ours (PR_SET_CHILD_SUBREAPER): so each round reaches a generation, whatever session it is in.
void end_all_that_it_started() {
  for (std::vector<pid_t> pids = children(); !pids.empty(); pids = children()) {
    for (const pid_t pid : pids)
      ::kill(pid, SIGKILL);
    for (const pid_t pid : pids)
      ::waitpid(pid, nullptr, 0);
  }
}

struct End {
  std::optional<int> status;  // none: it was ended
  bool time_is_up = false;
};

End watch(pid_t program, double limit_s, LastWords& words, int asker) {
  base::EventLoop loop;
  End end;
  const auto over = loop.on_child(program, [&](int status) {
    end.status = status;
    loop.stop(0);
  });
  const auto hears = loop.on_readable(words.from.get(), [&] { return words.hear(); });
  // He says nothing more: what can be read is his end.
  const auto gone = loop.on_readable(asker, [&] {
    loop.stop(0);
    return false;
  });
  base::Timer kill(loop, CLOCK_MONOTONIC, [&] { loop.stop(0); });
  base::Timer limit(loop, CLOCK_MONOTONIC, [&] {
    end.time_is_up = true;
    ::kill(-program, SIGTERM);
    kill.set(grace);
  });
  limit.set(std::chrono::microseconds(static_cast<std::int64_t>(limit_s * 1e6)));
  loop.run();
  return end;
}

std::string with_last_words(const std::string& what, const LastWords& words) {
  return words.line().empty() ? what : fmt::format("{}: {}", what, words.line());
}

}  // namespace

std::optional<AfterResult> run_program(const After& after, const AfterRequest& request, int asker) {
  const FaxFolder folder(request);
  const base::UniqueFd input = base::memory_file("record", request.record_json);
  LastWords words;
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
    throw base::system_failure("cannot look after the program");
  const pid_t program =
      base::fork_child([&]() -> int { become(after, folder, input.get(), words.to.get()); });
  words.to.reset();
  const End end = watch(program, after.limit_s, words, asker);
  end_all_that_it_started();
  words.hear_the_rest();
  if (end.time_is_up)
    return AfterResult{
        AfterOutcome::failed,
        with_last_words(fmt::format("was ended, since its {} s were over", after.limit_s), words)};
  if (!end.status) return std::nullopt;
  if (*end.status == 0) return AfterResult{AfterOutcome::done, words.line()};
  const bool wants_another_time = WIFEXITED(*end.status) && WEXITSTATUS(*end.status) == EX_TEMPFAIL;
  return AfterResult{wants_another_time ? AfterOutcome::later : AfterOutcome::failed,
                     with_last_words(base::how_it_ended(*end.status), words)};
}

}  // namespace faxmail
