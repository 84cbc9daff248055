// SPDX-License-Identifier: GPL-2.0-or-later
// Files that survive a power cut. "Durable" here always means the same five steps, in this order:
//
//   1. write everything under a name that no reader takes for finished (".NAME.part")
//   2. fsync the file: its bytes and its size are on the disk
//   3. close it, checking for the errors that only close reports (NFS, quota)
//   4. rename it to its real name: a reader sees all of it or nothing
//   5. fsync the folder: without this the rename itself can be lost (Postfix and OpenSMTPD leave it out)
//
// Only after step 5 may anybody be told. Every step's error is thrown; nothing is half-committed then, since
// the real name appears in step 4 alone and a leftover .part is removed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/unique_fd.hpp"

namespace base {

class DurableFile {
 public:
  // Begins a file that will be `folder/name`. Throws std::system_error.
  DurableFile(std::filesystem::path folder, const std::string& name, unsigned mode = 0660);
  ~DurableFile();  // without commit(): the .part is removed
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  void write(std::span<const std::uint8_t> bytes);
  void write(std::string_view text);
  // The file's fd for a library that writes by itself (libtiff); still owned by this object.
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::filesystem::path& part_path() const noexcept { return part_; }

  void commit();  // steps 2 to 5

 private:
  std::filesystem::path folder_, part_, final_;
  UniqueFd fd_;
};

// A folder made and on the disk, entry in its parent included; one that is already there is left as it is.
void make_durable_folder(const std::filesystem::path& folder, unsigned mode);
void fsync_folder(const std::filesystem::path& folder);
// Renames within one file system and makes the change durable in both folders.
void durable_rename(const std::filesystem::path& from, const std::filesystem::path& to);
// Removes a file that may be gone already, and makes that durable.
void durable_remove(const std::filesystem::path& file);
void fsync_file(int fd, const std::string& name);

void write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& name);
void write_all(int fd, std::string_view text, const std::string& name);
// A whole file of at most `limit` bytes; a larger one is an error. Follows no symbolic link.
std::string read_file(const std::filesystem::path& file, std::size_t limit);
// The same of a file that is open, from where it stands; `name` is for the error.
std::string read_file(int fd, const std::string& name, std::size_t limit);

}  // namespace base
