// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/retention.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/archive_record.hpp"
#include "src/handoff/frame.hpp"

namespace faxmail {
namespace {

constexpr std::int64_t day_s = 86400;

base::UniqueFd open_folder(int parent, const char* name) {
  return base::UniqueFd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  const int copy = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return names;
  const std::unique_ptr<DIR, CloseFolder> entries(::fdopendir(copy));
  if (!entries) {
    ::close(copy);
    return names;
  }
  while (const dirent* entry = ::readdir(entries.get()))
    if (entry->d_name != std::string_view(".") && entry->d_name != std::string_view(".."))
      names.emplace_back(entry->d_name);
  return names;
}

// A regular file of our own, opened for reading; none: not there, or somebody else's. O_NONBLOCK, because a pipe
// of that name would hold us up for ever.
base::UniqueFd open_own_file(int folder, const std::string& name, struct stat& status) {
  base::UniqueFd fd(::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  const bool ours =
      fd && ::fstat(fd.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid();
  return ours ? std::move(fd) : base::UniqueFd();
}

class Cleaner {
 public:
  Cleaner(const Retention& retention, int folder) : retention_(retention), folder_(folder) {}

  Removed run() {
    for (const std::string& name : names_in(folder_)) {
      if (name.ends_with(".json") && name.front() != '.') look_at(name);
      if (name.ends_with(".part") && name.front() == '.') look_at_part(name);
    }
    if (removed_.files + removed_.records > 0) ::fsync(folder_);
    return removed_;
  }

 private:
  [[nodiscard]] bool due(const ArchiveRecord& record, unsigned days) const {
    const std::int64_t last = record.last_used_unix_s();
    return last <= retention_.now_unix_s && retention_.now_unix_s - last >= std::int64_t{days} * day_s;
  }

  void look_at(const std::string& name) {
    const auto record = read(name);
    if (!record || record->name + ".json" != name || retention_.busy.count(record->fax.id) != 0) return;
    bool all_gone = true;
    for (const ArchivedFile& file : record->files) {
      const unsigned days = file.ending == "pdf" ? retention_.pdf_days : retention_.tiff_days;
      const bool known = file.ending == "pdf" || file.ending == "tif";
      if (!known || !due(*record, days))
        all_gone = false;
      else
        remove(record->name + "." + file.ending, file);
    }
    if (all_gone && ::unlinkat(folder_, name.c_str(), 0) == 0) ++removed_.records;
  }

  [[nodiscard]] std::optional<ArchiveRecord> read(const std::string& name) const {
    struct stat status {};
    const base::UniqueFd fd = open_own_file(folder_, name, status);
    if (!fd || static_cast<std::uint64_t>(status.st_size) > largest_archive_record) return std::nullopt;
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    if (::pread(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
      return std::nullopt;
    try {
      return archive_record_from(text);
    } catch (const base::Failure&) {
      return std::nullopt;  // no record of ours
    }
  }

  void remove(const std::string& name, const ArchivedFile& filed) {
    struct stat status {};
    const base::UniqueFd fd = open_own_file(folder_, name, status);
    if (!fd) return;  // gone already, or somebody else's
    if (static_cast<std::uint64_t>(status.st_size) != filed.bytes ||
        hex_of(handoff::sha256_of(fd.get())) != filed.sha256) {
      base::log::info("{} in the archive was changed after it was filed: it stays", name);
      ++removed_.changed;
      return;
    }
    struct stat now {};
    if (::fstatat(folder_, name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0 || now.st_ino != status.st_ino)
      return;
    if (::unlinkat(folder_, name.c_str(), 0) == 0) ++removed_.files;
  }

  // What a crash left of a file that was being written; every other is at most some seconds old.
  void look_at_part(const std::string& name) {
    struct stat status {};
    const base::UniqueFd fd = open_own_file(folder_, name, status);
    if (fd && status.st_mtime < retention_.now_unix_s - day_s) ::unlinkat(folder_, name.c_str(), 0);
  }

  const Retention& retention_;
  int folder_;
  Removed removed_;
};

}  // namespace

Removed clean_archive(const std::filesystem::path& archive, const Retention& retention) {
  const base::UniqueFd root(::open(archive.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw base::system_failure("cannot open the archive " + archive.string());
  Removed all;
  for (const std::string& name : names_in(root.get())) {
    const base::UniqueFd folder = open_folder(root.get(), name.c_str());
    if (!folder) continue;  // no folder, or a link to one
    const Removed one = Cleaner(retention, folder.get()).run();
    all.files += one.files;
    all.records += one.records;
    all.changed += one.changed;
  }
  return all;
}

}  // namespace faxmail
