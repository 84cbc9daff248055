// SPDX-License-Identifier: GPL-2.0-or-later
// For tests: a file on a file system in user space, without libfuse: the file is the whole file system, and this process
// serves it (linux/fuse.h). It can stop to answer, as a giver's may. Needs root and /dev/fuse; the mount is in a mount
// namespace of this process's own.
#pragma once

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "src/base/unique_fd.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace unit {

class FuseFile {
 public:
  // Mounted over FOLDER/fuse. is_there() tells whether it could be had; why() why not.
  explicit FuseFile(const std::filesystem::path& folder) : file_(folder / "fuse") {
    put_file(file_, "");
    device_.reset(::open("/dev/fuse", O_RDWR | O_CLOEXEC));
    const std::string options =
        "fd=" + std::to_string(device_.get()) + ",rootmode=100444,user_id=0,group_id=0,allow_other";
    if (!device_ || ::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("test", file_.c_str(), "fuse", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
      why_ = std::strerror(errno);
      return;
    }
    mounted_ = true;
    server_ = std::thread([this] { serve(); });
  }
  ~FuseFile() {
    ends_ = true;
    if (server_.joinable()) server_.join();
    device_.reset();  // the kernel ends every request that waits
    if (mounted_) ::umount2(file_.c_str(), MNT_DETACH);
  }
  FuseFile(const FuseFile&) = delete;
  FuseFile& operator=(const FuseFile&) = delete;

  [[nodiscard]] bool is_there() const { return mounted_; }
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] base::UniqueFd open() const {
    return base::UniqueFd(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  }
  void hang() { hangs_ = true; }  // nothing is answered, until ...
  void come_back() { hangs_ = false; }

 private:
  void serve() {
    std::array<char, 1 << 17> request{};
    while (!ends_) {
      pollfd waits{device_.get(), POLLIN, 0};
      if (::poll(&waits, 1, 2) != 1 || hangs_) continue;
      if (::read(device_.get(), request.data(), request.size()) < 0) continue;
      fuse_in_header header{};
      std::memcpy(&header, request.data(), sizeof header);
      answer(header);
    }
  }
  void answer(const fuse_in_header& request) {
    if (request.opcode == FUSE_INIT) {
      fuse_init_out init{};
      init.major = FUSE_KERNEL_VERSION;
      init.minor = FUSE_KERNEL_MINOR_VERSION;
      init.max_write = 4096;
      return reply(request, 0, &init, sizeof init);
    }
    if (request.opcode == FUSE_OPEN) {
      const fuse_open_out opened{};
      return reply(request, 0, &opened, sizeof opened);
    }
    if (request.opcode == FUSE_STATFS) {
      const fuse_statfs_out system{};
      return reply(request, 0, &system, sizeof system);
    }
    if (request.opcode == FUSE_FLUSH || request.opcode == FUSE_RELEASE) return reply(request, 0, nullptr, 0);
    if (request.opcode != FUSE_FORGET && request.opcode != FUSE_INTERRUPT)
      reply(request, -ENOSYS, nullptr, 0);
  }
  void reply(const fuse_in_header& request, int error, const void* body, std::size_t bytes) const {
    std::string out(sizeof(fuse_out_header) + bytes, '\0');
    const fuse_out_header header{static_cast<std::uint32_t>(out.size()), error, request.unique};
    std::memcpy(out.data(), &header, sizeof header);
    if (bytes > 0) std::memcpy(out.data() + sizeof header, body, bytes);
    static_cast<void>(::write(device_.get(), out.data(), out.size()));
  }

  std::filesystem::path file_;
  base::UniqueFd device_;
  bool mounted_ = false;
  std::string why_;
  std::atomic<bool> hangs_ = false, ends_ = false;
  std::thread server_;
};

}  // namespace unit
