// SPDX-License-Identifier: GPL-2.0-or-later
// A spool that cannot be written to for a while: full, or read-only. Shared by the calls of one part of the
// torture; each may be called from any thread. Trouble lasts as long as any call wants it.
#pragma once

#include <filesystem>
#include <mutex>

namespace torture {

class DiskTrouble {
 public:
  enum class Kind { full, read_only };
  DiskTrouble(Kind kind, std::filesystem::path spool) : kind_(kind), spool_(std::move(spool)) {}

  void want(bool trouble);
  [[nodiscard]] unsigned times() const noexcept { return times_; }

 private:
  void set(bool trouble) const;
  void fill() const;
  void allow_writing(bool allowed) const;

  const Kind kind_;
  const std::filesystem::path spool_;
  std::mutex mutex_;
  unsigned wanted_ = 0, times_ = 0;
};

// A small file system of its own at `folder`, which only this process and its children see. False: it takes root
// to mount one.
bool mount_small_disk(const std::filesystem::path& folder, unsigned mb);

}  // namespace torture
