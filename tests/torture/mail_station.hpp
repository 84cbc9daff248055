// SPDX-License-Identifier: GPL-2.0-or-later
// A dahdi-faxmail of a test's own, with a spool, a hand-off socket and a mail server that the test chooses. It is killed
// at will, and started again by whoever calls start(), which is one thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/scenario/process.hpp"

namespace torture {

struct MailStationSettings {
  std::filesystem::path folder;  // made by the owner; configuration, socket and log are here
  std::filesystem::path spool;
  unsigned smtp_port = 25;
  unsigned at_once = 4;
  std::vector<std::string> before;       // what runs it: {"/usr/bin/strace", ...}
  std::vector<std::string> environment;  // "NAME=value"
  std::string more = {};                 // lines at the end of its configuration
  std::string routes =                   // attach_tiff, or nobody could compare what comes
      "[[route]]\nmatch = \"_X.\"\nto = [\"reader@example.org\"]\nattach_tiff = true\n";
};

// The folder of this mail in a spool's queue, whatever follows the id in its name; empty: there is none.
std::filesystem::path queued_mail(const std::filesystem::path& spool, const std::string& id);

class MailStation {
 public:
  // Writes its configuration; starts nothing.
  explicit MailStation(MailStationSettings settings);
  // Throws std::runtime_error when it does not come up.
  void start();
  void begin();  // ... without waiting
  [[nodiscard]] bool is_up() const;

  [[nodiscard]] std::filesystem::path socket() const { return settings_.folder / "handoff.sock"; }
  [[nodiscard]] std::filesystem::path spool() const { return settings_.spool; }
  [[nodiscard]] std::filesystem::path log_file() const { return settings_.folder / "faxmail.log"; }
  [[nodiscard]] unsigned starts() const noexcept { return starts_; }
  [[nodiscard]] std::size_t queued() const;  // mails in the queue
  scenario::Process process;

 private:
  MailStationSettings settings_;
  unsigned starts_ = 0;
};

}  // namespace torture
