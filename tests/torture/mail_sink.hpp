// SPDX-License-Identifier: GPL-2.0-or-later
// An SMTP server that takes every mail: a file a mail in a folder, there under its name before the 250. For where Python's
// would take too long to start: in a guest, and where it is killed all the time. A thread of its own.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "src/base/unique_fd.hpp"

namespace torture {

class MailSink {
 public:
  // Mails become FOLDER/ID-N.eml, with the fax's id and the first free N. Of one that is there already, what the queue
  // of `spool` says of it as it comes is kept beside it, ID-N.state: it was not on the disk that it had been delivered.
  // Port 0: a free one. Throws std::system_error.
  explicit MailSink(std::filesystem::path folder, unsigned port = 0, std::filesystem::path spool = {});
  ~MailSink();
  MailSink(const MailSink&) = delete;
  MailSink& operator=(const MailSink&) = delete;
  [[nodiscard]] unsigned port() const noexcept { return port_; }

 private:
  void serve();
  void serve_client(const base::UniqueFd& client) const;
  void store(const std::string& message) const;

  std::filesystem::path folder_, spool_;
  base::UniqueFd socket_;
  unsigned port_ = 0;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

// The mails of a fax that are in such a folder.
std::vector<std::filesystem::path> mails_of(const std::string& id, const std::filesystem::path& folder);
// Whether such a mail holds this file as an attachment, octet for octet.
bool holds_file(const std::filesystem::path& mail, const std::string& octets);

}  // namespace torture
