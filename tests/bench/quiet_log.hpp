// SPDX-License-Identifier: GPL-2.0-or-later
// While one lives, what is logged to stderr goes to a file: the page process's lines are part of its work and
// are counted, but nobody wants to read them in a benchmark's output.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "src/base/unique_fd.hpp"

namespace bench {

class QuietLog {
 public:
  explicit QuietLog(const std::filesystem::path& file) : stderr_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    const base::UniqueFd log(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (log) ::dup2(log.get(), STDERR_FILENO);
  }
  ~QuietLog() { ::dup2(stderr_.get(), STDERR_FILENO); }
  QuietLog(const QuietLog&) = delete;
  QuietLog& operator=(const QuietLog&) = delete;

 private:
  base::UniqueFd stderr_;
};

}  // namespace bench
