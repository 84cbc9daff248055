// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/base/sandbox.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/unique_fd.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_UNDEFINED__)
#define BASE_SANITIZER_BUILD 1
#else
#define BASE_SANITIZER_BUILD 0
#endif

namespace base::sandbox {
namespace {

constexpr std::uint64_t reading =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                  LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                  LANDLOCK_ACCESS_FS_MAKE_REG;
// Rights of ABI 1, which every kernel with Landlock knows.
constexpr std::uint64_t every_right = writing | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |
                                      LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                      LANDLOCK_ACCESS_FS_MAKE_SYM;
// Of ABI 2: renaming from one of its folders into another. What a ruleset does not handle of this is denied
// always.
constexpr std::uint64_t moving = LANDLOCK_ACCESS_FS_REFER;
constexpr std::uint64_t rights_of_a_file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;

void add_rule(int ruleset, const Folder& folder, std::uint64_t known_rights) {
  const UniqueFd fd(::open(folder.path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd && errno == ENOENT) return;
  if (!fd) throw system_failure("cannot open " + folder.path.string());
  struct stat status {};
  ::fstat(fd.get(), &status);
  landlock_path_beneath_attr rule{};
  rule.parent_fd = fd.get();
  rule.allowed_access = (folder.right == FileRight::write ? writing | moving : reading) & known_rights;
  if (!S_ISDIR(status.st_mode)) rule.allowed_access &= rights_of_a_file;
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    throw system_failure("cannot restrict this process to " + folder.path.string());
}

void no_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw system_failure("cannot give up new privileges");
}

class Filter {
 public:
  explicit Filter(std::uint32_t default_action) : context_(::seccomp_init(default_action)) {
    if (context_ == nullptr) throw Failure("cannot make a system call filter");
  }
  ~Filter() { ::seccomp_release(context_); }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;

  void add(std::uint32_t action, const char* name) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number != __NR_SCMP_ERROR) ::seccomp_rule_add(context_, action, number, 0);
  }
  // Allows a call only with this as its first argument.
  void allow(const char* name, std::uint64_t first_argument) {
    const scmp_arg_cmp same = SCMP_A0(SCMP_CMP_EQ, first_argument);
    ::seccomp_rule_add_array(context_, SCMP_ACT_ALLOW, ::seccomp_syscall_resolve_name(name), 1, &same);
  }
  void allow(std::string_view name) {
    if (name == "tgkill") return allow("tgkill", static_cast<std::uint64_t>(::getpid()));
    if (name == "socket:unix") return allow("socket", AF_UNIX);
    add(SCMP_ACT_ALLOW, std::string(name).c_str());
  }
  void load() {
    if (const int error = ::seccomp_load(context_))
      throw system_failure("cannot load a system call filter", -error);
  }

 private:
  scmp_filter_ctx context_;
};

// The one wider list of sanitizer builds: everything but the network and new programs, unless they are on the
// list.
void load_everything_but_network_and_exec(std::initializer_list<std::vector<const char*>> lists) {
  Filter filter(SCMP_ACT_ALLOW);
  for (const std::string_view denied :
       {"socket", "connect", "bind", "listen", "accept", "execve", "execveat"}) {
    const auto names_it = [denied](const std::vector<const char*>& list) {
      return std::any_of(list.begin(), list.end(),
                         [&](std::string_view name) { return name.substr(0, name.find(':')) == denied; });
    };
    if (std::none_of(lists.begin(), lists.end(), names_it)) filter.add(SCMP_ACT_ERRNO(EPERM), denied.data());
  }
  filter.load();
}

}  // namespace

// clang-format off
const std::vector<const char*> plain_computing = {
    "read", "write", "readv", "writev", "close", "poll", "ppoll", "epoll_wait", "epoll_pwait", "futex",
    "brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "exit", "exit_group", "rt_sigreturn",
    "rt_sigaction", "rt_sigprocmask", "sigaltstack", "clock_gettime", "clock_nanosleep", "nanosleep",
    "gettimeofday", "getpid", "gettid", "getrandom", "restart_syscall", "sendto", "sendmsg", "recvfrom",
    "recvmsg", "fstat", "newfstatat", "lseek", "tgkill", "rseq", "set_robust_list", "sched_yield", "getuid",
    "geteuid", "getgid", "getegid", "uname", "sysinfo", "sched_getaffinity",
};
// clang-format on

// clang-format off
const std::vector<const char*> working_with_files = {
    "open", "openat", "stat", "lstat", "statx", "access", "faccessat", "faccessat2", "fsync", "fdatasync",
    "rename", "renameat", "renameat2", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "getdents64",
    "pread64", "pwrite64", "ftruncate", "fcntl", "statfs", "fstatfs", "chmod", "fchmod", "fchmodat", "link",
    "linkat", "getcwd", "dup", "copy_file_range", "readlink", "readlinkat", "umask", "utimensat",
    "fallocate",
};
// clang-format on

void become_user(std::string_view name) {
  const passwd* user = ::getpwnam(std::string(name).c_str());
  if (user == nullptr) throw Failure("there is no user \"{}\" on this system", name);
  if (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 ||
      ::setuid(user->pw_uid) != 0)
    throw system_failure(fmt::format("cannot become the user {}", name));
}

void close_other_fds(std::vector<int> keep) {
  keep.push_back(log::journal_fd());
  std::sort(keep.begin(), keep.end());
  unsigned next = STDERR_FILENO + 1;
  for (const int fd : keep) {
    if (fd < 0 || static_cast<unsigned>(fd) < next) continue;
    if (static_cast<unsigned>(fd) > next) ::close_range(next, static_cast<unsigned>(fd) - 1, 0);
    next = static_cast<unsigned>(fd) + 1;
  }
  ::close_range(next, ~0U, 0);
}

void limit_resources(std::initializer_list<Limit> limits) {
  for (const Limit& limit : limits) {
    rlimit both{limit.value, limit.value};
    rlimit now{};
    ::getrlimit(static_cast<__rlimit_resource>(limit.resource), &now);
    both.rlim_cur = std::min(both.rlim_cur, now.rlim_max);
    both.rlim_max = both.rlim_cur;
    if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &both) != 0)
      throw system_failure("cannot limit this process");
  }
}

Limit memory_limit([[maybe_unused]] rlim_t bytes) {
#if defined(__SANITIZE_ADDRESS__)
  return {RLIMIT_AS, RLIM_INFINITY};
#else
  return {RLIMIT_AS, bytes};
#endif
}

bool restrict_files(const std::vector<Folder>& folders) {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return false;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = abi >= 2 ? every_right | moving : every_right;
  const UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0)));
  if (!ruleset) return false;
  for (const Folder& folder : folders)
    add_rule(ruleset.get(), folder, attributes.handled_access_fs);
  no_new_privileges();
  if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0)
    throw system_failure("cannot restrict this process to its folders");
  return true;
}

void allow_only(std::initializer_list<std::vector<const char*>> lists) {
  no_new_privileges();
  if (BASE_SANITIZER_BUILD) return load_everything_but_network_and_exec(lists);
  Filter filter(SCMP_ACT_ERRNO(EPERM));
  for (const auto& list : lists)
    for (const char* name : list)
      filter.allow(name);
  filter.load();
}

}  // namespace base::sandbox
