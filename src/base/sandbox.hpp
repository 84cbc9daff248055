// SPDX-License-Identifier: GPL-2.0-or-later
// How a process gives up what it does not need. Each process calls these in one visible sequence before its
// loop:
//
//   close_other_fds({...});   no process holds a sibling's card or socket
//   limit_resources({...});
//   restrict_files({...});    Landlock: the folders it may touch; none = no file at all
//   allow_only({...});        seccomp: the system calls it may make; any other fails with EPERM
//
// A denied call fails instead of killing, so that a C library which tries something new costs an error
// message and not a fax. All of it holds for the process and its children, for ever.
#pragma once

#include <sys/resource.h>

#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace base::sandbox {

// For a program that root started: becomes this user, with its groups. Throws Failure for a name nobody has.
void become_user(std::string_view name);

// Closes every fd but 0, 1, 2, the one for logging, and these.
void close_other_fds(std::vector<int> keep);

struct Limit {
  int resource;  // RLIMIT_…
  rlim_t value;
};
void limit_resources(std::initializer_list<Limit> limits);
// RLIMIT_AS of so many bytes; none under the address sanitizer, whose shadow memory is terabytes of addresses.
Limit memory_limit(rlim_t bytes);

enum class FileRight {
  read,
  write
};  // write includes reading, making, renaming and removing below the folder
struct Folder {
  std::filesystem::path path;  // a folder, or a single file to read
  FileRight right;
};
// False when this kernel has no Landlock: the caller says so once; seccomp still holds. A path that does not
// exist is left out.
bool restrict_files(const std::vector<Folder>& folders);

using SystemCalls = std::initializer_list<const char*>;
// A name allows every use of that call, but for two: "tgkill" reaches this process alone (abort), and
// "socket:unix" is "socket" for Unix sockets only. What every process needs that computes, sleeps, reads and
// writes what it has open, and ends.
extern const std::vector<const char*> plain_computing;
// What a process needs beyond it that works with files in its folders.
extern const std::vector<const char*> working_with_files;
// Sanitizer builds make system calls of their own: they get `everything_but_network_and_exec` instead of the
// list.
void allow_only(std::initializer_list<std::vector<const char*>> lists);

}  // namespace base::sandbox
