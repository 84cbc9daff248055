// SPDX-License-Identifier: GPL-2.0-or-later
// A disk that misbehaves, put under dahdi-faxrx or dahdi-faxmail by LD_PRELOAD. It acts in page processes alone, which it
// knows by the name they give themselves, and on files and folders alone.
//   TORTURE_IN=PROGRAM    it acts in that program instead, but not in its children
//   TORTURE_NO_FSYNC=1    fsync says that it is done and does nothing
//   TORTURE_FAIL_EVERY=N  each N-th write, fsync or rename fails: EIO, ENOSPC, EROFS in turn
#include <dlfcn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

// Its words are numbers or pointers; here all are pointers, since they are only passed on.
using Prctl = int (*)(int, void*, void*, void*, void*);

template <typename Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

// Made when the first of our functions is called, which may be by another library's constructor, before any of ours.
struct Shim {
  Prctl prctl = next<Prctl>("prctl");
  int (*fsync)(int) = next<int (*)(int)>("fsync");
  int (*rename)(const char*, const char*) = next<int (*)(const char*, const char*)>("rename");
  ssize_t (*write)(int, const void*, size_t) = next<ssize_t (*)(int, const void*, size_t)>("write");
  bool no_fsync = std::getenv("TORTURE_NO_FSYNC") != nullptr;
  unsigned fail_every = 0;
  bool acts_by_name = false;
  pid_t only_in = 0;  // TORTURE_IN, where this is that program
  unsigned calls = 0;

  Shim() {
    const char* every = std::getenv("TORTURE_FAIL_EVERY");
    if (every != nullptr) fail_every = static_cast<unsigned>(std::strtoul(every, nullptr, 10));
    const char* program = std::getenv("TORTURE_IN");
    if (program != nullptr && std::string_view(program) == program_invocation_short_name)
      only_in = ::getpid();
  }

  [[nodiscard]] bool acts() const { return acts_by_name || (only_in != 0 && only_in == ::getpid()); }
  bool fails() {
    constexpr std::array errors{EIO, ENOSPC, EROFS};
    if (!acts() || fail_every == 0 || ++calls % fail_every != 0) return false;
    errno = errors.at(calls / fail_every % errors.size());
    return true;
  }
};

Shim& shim() {
  static Shim only;
  return only;
}

bool is_on_disk(int fd) {
  struct stat status {};
  const int error = errno;
  const bool is =
      fd > STDERR_FILENO && ::fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
  errno = error;
  return is;
}

void look_at_name(std::string_view name) {
  if (!name.starts_with("faxrx page")) return;
  shim().acts_by_name = true;
  shim().calls = static_cast<unsigned>(::getpid());  // each begins at another place
}

}  // namespace

extern "C" {

int prctl(int option, ...) noexcept {
  std::va_list rest;
  va_start(rest, option);
  std::array<void*, 4> words{};
  for (void*& word : words)
    word = va_arg(rest, void*);
  va_end(rest);
  if (option == PR_SET_NAME) look_at_name(static_cast<const char*>(words[0]));
  return shim().prctl(option, words[0], words[1], words[2], words[3]);
}

int fsync(int fd) {
  if (shim().acts() && shim().no_fsync) return 0;
  return shim().fails() ? -1 : shim().fsync(fd);
}

int rename(const char* from, const char* to) noexcept {
  return shim().fails() ? -1 : shim().rename(from, to);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  if (is_on_disk(fd) && shim().fails()) return -1;
  return shim().write(fd, bytes, count);
}

}  // extern "C"
