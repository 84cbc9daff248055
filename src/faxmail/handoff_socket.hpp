// SPDX-License-Identifier: GPL-2.0-or-later
// The socket that givers connect to: systemd's when it passed one, else made at `path` (mode 0660). Owned by Givers.
#pragma once

#include <filesystem>

#include "src/base/unique_fd.hpp"

namespace faxmail {

class HandoffSocket {
 public:
  explicit HandoffSocket(const std::filesystem::path& path);  // throws base::Failure or std::system_error
  ~HandoffSocket();                                           // removes what it made
  HandoffSocket(const HandoffSocket&) = delete;
  HandoffSocket& operator=(const HandoffSocket&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  bool take_from_systemd();
  void make(const std::filesystem::path& path);

  base::UniqueFd fd_;
  std::filesystem::path made_;  // empty: systemd's
};

}  // namespace faxmail
