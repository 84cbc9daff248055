// SPDX-License-Identifier: GPL-2.0-or-later
// An SMTP server that takes every mail: a file a mail in a folder, there under its name before the 250. For the guest,
// where Python's would take longer to start than a story takes. A thread of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "src/base/unique_fd.hpp"

namespace vm {

class MailSink {
 public:
  // Mails become FOLDER/ID-N.eml, with the fax's id and the first free N. Throws std::system_error.
  explicit MailSink(std::filesystem::path folder);
  ~MailSink();
  MailSink(const MailSink&) = delete;
  MailSink& operator=(const MailSink&) = delete;
  [[nodiscard]] unsigned port() const noexcept { return port_; }

 private:
  void serve();
  void serve_client(const base::UniqueFd& client) const;
  void store(const std::string& message) const;

  std::filesystem::path folder_;
  base::UniqueFd socket_;
  unsigned port_ = 0;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

// The mails of a fax that are in such a folder.
std::vector<std::filesystem::path> mails_of(const std::string& id, const std::filesystem::path& folder);

}  // namespace vm
