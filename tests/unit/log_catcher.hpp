// SPDX-License-Identifier: GPL-2.0-or-later
// For tests: what is logged on standard error while this lives, instead of showing it.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <string>

#include "src/base/unique_fd.hpp"

namespace unit {

class LogCatcher {
 public:
  LogCatcher() : caught_(::memfd_create("log", MFD_CLOEXEC)), before_(::dup(STDERR_FILENO)) {
    ::dup2(caught_.get(), STDERR_FILENO);
  }
  ~LogCatcher() { ::dup2(before_.get(), STDERR_FILENO); }
  LogCatcher(const LogCatcher&) = delete;
  LogCatcher& operator=(const LogCatcher&) = delete;

  std::string text() const {
    std::string all;
    std::array<char, 4096> piece;
    for (ssize_t got = 0;
         (got = ::pread(caught_.get(), piece.data(), piece.size(), static_cast<off_t>(all.size()))) > 0;)
      all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
  }
  unsigned times(const std::string& words) const {
    const std::string all = text();
    unsigned count = 0;
    for (std::size_t at = all.find(words); at != std::string::npos; at = all.find(words, at + 1))
      ++count;
    return count;
  }

 private:
  base::UniqueFd caught_, before_;
};

}  // namespace unit
