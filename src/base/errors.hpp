// SPDX-License-Identifier: GPL-2.0-or-later
// The two kinds of exception in this project. Neither is thrown in an audio loop.
//   std::system_error  the system refused something: what() is "<what we tried>: <the system's reason>"
//   base::Failure      a sentence for the operator, complete as it stands
#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace base {

class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  template <typename... Args>
  explicit Failure(fmt::format_string<Args...> format, Args&&... args)
      : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

// The current errno as an exception; `tried` reads "cannot open /var/spool/x".
[[nodiscard]] inline std::system_error system_failure(const std::string& tried, int error = errno) {
  return {error, std::generic_category(), tried};
}

}  // namespace base
