// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/paper_program.hpp"

#include <unistd.h>

#include <array>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/memory_file.hpp"
#include "src/base/sandbox.hpp"

namespace faxmail {
namespace {

constexpr const char* name = "dahdi-faxmail-paper";

void put_at(int fd, int standard_fd) {
  if (::dup2(fd, standard_fd) < 0) throw base::system_failure("cannot hand over a file");
}

}  // namespace

std::filesystem::path find_paper_program() {
  std::error_code error;
  auto beside = std::filesystem::read_symlink("/proc/self/exe", error).parent_path() / name;
  if (!error && ::access(beside.c_str(), X_OK) == 0) return beside;
  return std::filesystem::path(PROGRAM_FOLDER) / name;
}

void become_paper_program(const std::filesystem::path& program, const PaperWork& work, int output) {
  const base::UniqueFd order = base::memory_file("work", to_json(work));
  put_at(order.get(), STDIN_FILENO);
  put_at(output, STDOUT_FILENO);
  base::sandbox::close_other_fds({output});  // closed by exec; until then it takes the word that exec failed
  std::string path = program.string(), debug = "--debug";
  std::array<char*, 3> words = {path.data(), base::log::debug_wanted() ? debug.data() : nullptr, nullptr};
  ::execv(path.c_str(), words.data());
  throw base::system_failure("cannot start " + path);
}

}  // namespace faxmail
