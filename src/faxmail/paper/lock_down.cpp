// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper/lock_down.hpp"

#include "src/base/log.hpp"
#include "src/base/sandbox.hpp"

namespace faxmail {
namespace {

using base::sandbox::FileRight;
using base::sandbox::Folder;

constexpr rlim_t most_memory = 512ULL << 20;
constexpr rlim_t largest_file = 4ULL << 30;
constexpr rlim_t most_cpu_s = 60;

// Not /etc as a whole: dahdi-faxmail's configuration, with the password, is there.
std::vector<Folder> files_for_paper(const std::filesystem::path& folder) {
  std::vector<Folder> files;
  for (const char* path :
       {"/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/papersize", "/etc/fonts",
        "/etc/ghostscript", "/var/lib/ghostscript", "/var/cache/fontconfig", "/dev/null", "/dev/urandom"})
    files.push_back({path, FileRight::read});
  files.push_back({folder, FileRight::write});
  return files;
}

}  // namespace

void give_up_all_but_paper(const std::filesystem::path& folder) {
  base::sandbox::close_other_fds({});
  base::sandbox::limit_resources({base::sandbox::memory_limit(most_memory),
                                  {RLIMIT_CPU, most_cpu_s},
                                  {RLIMIT_FSIZE, largest_file},
                                  {RLIMIT_NOFILE, 64},
                                  {RLIMIT_NPROC, 0},
                                  {RLIMIT_CORE, 0}});
  if (!base::sandbox::restrict_files(files_for_paper(folder)))
    base::log::debug("this kernel has no Landlock: this process is held by seccomp alone");
  base::sandbox::allow_only(
      {base::sandbox::plain_computing,
       base::sandbox::working_with_files,
       {"prlimit64", "getrlimit", "getrusage", "times", "time", "arch_prctl", "getppid"}});
}

}  // namespace faxmail
