// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "src/base/errors.hpp"

namespace base {
namespace fs = std::filesystem;

DurableFile::DurableFile(fs::path folder, const std::string& name, unsigned mode)
    : folder_(std::move(folder)), part_(folder_ / ("." + name + ".part")), final_(folder_ / name) {
  fd_.reset(::open(part_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd_) throw system_failure("cannot create " + part_.string());
}

DurableFile::~DurableFile() {
  if (fd_) ::unlink(part_.c_str());
}

void DurableFile::write(std::span<const std::uint8_t> bytes) {
  write_all(fd_.get(), bytes, part_.string());
}

void DurableFile::write(std::string_view text) {
  write_all(fd_.get(), text, part_.string());
}

void DurableFile::commit() {
  fsync_file(fd_.get(), part_.string());
  if (::close(fd_.release()) != 0) {
    const int error = errno;
    ::unlink(part_.c_str());
    throw system_failure("cannot close " + part_.string(), error);
  }
  if (::rename(part_.c_str(), final_.c_str()) != 0) {
    const int error = errno;
    ::unlink(part_.c_str());
    throw system_failure("cannot rename " + part_.string() + " to " + final_.string(), error);
  }
  fsync_folder(folder_);
}

void make_durable_folder(const fs::path& folder, unsigned mode) {
  if (::mkdir(folder.c_str(), mode) != 0 && errno != EEXIST)
    throw system_failure("cannot make the folder " + folder.string());
  fsync_folder(folder.parent_path().empty() ? fs::path(".") : folder.parent_path());
}

void fsync_folder(const fs::path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) throw system_failure("cannot open the folder " + folder.string());
  fsync_file(fd.get(), folder.string());
}

void durable_rename(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    throw system_failure("cannot rename " + from.string() + " to " + to.string());
  // The new entry first: a crash between the two syncs then leaves the file under both names, never under
  // none.
  fsync_folder(to.parent_path());
  if (from.parent_path() != to.parent_path()) fsync_folder(from.parent_path());
}

void durable_remove(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) throw system_failure("cannot remove " + file.string());
  fsync_folder(file.parent_path());
}

void fsync_file(int fd, const std::string& name) {
  // An fsync that failed once must not be repeated: the kernel has dropped the dirty pages and the next call
  // would succeed over lost data. So EIO goes to the caller, who must not acknowledge.
  if (::fsync(fd) != 0) throw system_failure("cannot write " + name + " to the disk (fsync)");
}

void write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_failure("cannot write " + name);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void write_all(int fd, std::string_view text, const std::string& name) {
  write_all(fd, std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()), name);
}

std::string read_file(const fs::path& file, std::size_t limit) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw system_failure("cannot open " + file.string());
  return read_file(fd.get(), file.string(), limit);
}

std::string read_file(int fd, const std::string& name, std::size_t limit) {
  std::string text;
  std::size_t used = 0;
  for (;;) {
    text.resize(used + 65536);
    const ssize_t got = ::read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_failure("cannot read " + name);
    used += static_cast<std::size_t>(got);
    if (used > limit) throw Failure("{} is larger than the {} bytes it may have", name, limit);
    if (got == 0) break;
  }
  text.resize(used);
  return text;
}

}  // namespace base
