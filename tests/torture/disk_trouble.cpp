// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/disk_trouble.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "src/base/unique_fd.hpp"

namespace torture {
namespace fs = std::filesystem;

void DiskTrouble::want(bool trouble) {
  const std::lock_guard lock(mutex_);
  if (trouble && wanted_++ == 0) {
    ++times_;
    set(true);
  } else if (!trouble && --wanted_ == 0) {
    set(false);
  }
}

void DiskTrouble::set(bool trouble) const {
  if (kind_ == Kind::read_only) return allow_writing(!trouble);
  if (trouble) return fill();
  fs::remove(spool_ / "ballast");
}

// To the last octet.
void DiskTrouble::fill() const {
  const base::UniqueFd fd(
      ::open((spool_ / "ballast").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  std::vector<char> bytes(65536);
  for (std::size_t size = bytes.size(); size > 0; size /= 2)
    while (::write(fd.get(), bytes.data(), size) > 0) {
    }
}

// The folders alone: what is written is always a new file. The calls' own folders come and go meanwhile.
void DiskTrouble::allow_writing(bool allowed) const {
  const mode_t mode = allowed ? 0770 : 0550;
  std::error_code gone;
  for (const char* name : {"incoming", "ready"})
    ::chmod((spool_ / name).c_str(), mode);
  for (fs::directory_iterator it(spool_ / "incoming", gone), end; !gone && it != end; it.increment(gone))
    ::chmod(it->path().c_str(), mode);
}

bool mount_small_disk(const fs::path& folder, unsigned mb) {
  if (::unshare(CLONE_NEWNS) != 0) return false;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const std::string options = "mode=0777,size=" + std::to_string(mb) + "m";
  return ::mount("torture", folder.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

}  // namespace torture
