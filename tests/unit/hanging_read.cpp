// SPDX-License-Identifier: GPL-2.0-or-later
// Linked into a test, or put under a program by LD_PRELOAD: a file with the sticky bit lies on a server that hangs. Its
// reads do not come back until the bit is gone; a signal that kills ends them, as on NFS.
#include <dlfcn.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/types.h>

namespace {

using Pread = ssize_t (*)(int, void*, size_t, off64_t);
const Pread next = reinterpret_cast<Pread>(::dlsym(RTLD_NEXT, "pread64"));

bool hangs(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
}

}  // namespace

extern "C" ssize_t pread64(int fd, void* bytes, size_t count, off64_t at) {
  constexpr int look_again_ms = 2;
  while (hangs(fd))
    ::poll(nullptr, 0, look_again_ms);
  return next(fd, bytes, count, at);
}
