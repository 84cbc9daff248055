// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/after/after_settings.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/errors.hpp"

namespace faxmail {
namespace {

constexpr double longest_limit_s = 86400;

void check_owner(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) throw base::system_failure("cannot look at " + file.string());
  const bool others_write = (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
  if ((status.st_uid == 0 || status.st_uid == ::geteuid()) && !others_write) return;
  throw base::Failure(
      "{} says which program is run, so it must be root's, and nobody else may write it: chown root, chmod "
      "go-w",
      file.string());
}

}  // namespace

After read_after(base::ConfigTable table) {
  After after;
  after.program = table.texts("program");
  if (!after.program.empty() && !after.program.front().starts_with('/'))
    table.mistake("program",
                  "a program is a whole path that begins with /, and its arguments are texts of their own: "
                  "program = [\"/usr/local/bin/file-fax\", \"--quick\"]");
  after.limit_s = table.real("limit_s", 1, longest_limit_s, after.limit_s);
  after.socket = table.text("socket", after.socket.string());
  if (!after.socket.is_absolute()) table.mistake("socket", "\"socket\" is a whole path that begins with /");
  table.reject_unknown();
  return after;
}

After after_of_trusted_file(const std::filesystem::path& path) {
  check_owner(path);
  base::Mistakes mistakes;
  const base::ConfigFile file(path, mistakes);
  After after = read_after(file.root().table("after"));
  if (!mistakes.empty()) throw base::Failure("{}", mistakes.text());
  if (after.program.empty())
    throw base::Failure("{} names no program to run after a fax: [after] program = \"/...\"", path.string());
  return after;
}

}  // namespace faxmail
