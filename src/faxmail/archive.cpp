// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"
#include "src/base/unique_fd.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t copy_bytes = 256 * 1024;

void copy(const fs::path& file, const fs::path& folder, const std::string& name) {
  const base::UniqueFd from(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!from) throw base::system_failure("cannot open " + file.string());
  base::DurableFile to(folder, name);
  std::vector<std::uint8_t> buffer(copy_bytes);
  for (;;) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw base::system_failure("cannot read " + file.string());
    if (got == 0) break;
    to.write({buffer.data(), static_cast<std::size_t>(got)});
  }
  to.commit();
}

}  // namespace

void file_away(const fs::path& file, const fs::path& archive, const std::string& called,
               const std::string& name) {
  const fs::path folder = archived(archive, called, name).parent_path();
  if (::mkdir(folder.c_str(), 0770) == 0) ::chmod(folder.c_str(), 0770);  // whatever the umask says
  base::make_durable_folder(folder, 0770);
  // A second name for the same bytes, which are on the disk already. Where the archive is a file system of
  // its own, or an earlier try of this job left something else under that name, a copy in its place.
  std::error_code unknown;
  const fs::path target = folder / name;
  if (::link(file.c_str(), target.c_str()) == 0 || fs::equivalent(file, target, unknown)) {
    base::fsync_folder(folder);
    return;
  }
  copy(file, folder, name);
}

fs::path archived(const fs::path& archive, const std::string& called, const std::string& name) {
  return archive / base::safe_name(called) / name;
}

}  // namespace faxmail
