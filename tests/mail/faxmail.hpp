// SPDX-License-Identifier: GPL-2.0-or-later
// A real dahdi-faxmail of a story's own, to which faxes are handed over as dahdi-faxrx does it, and whose way to the mail
// server the story opens and shuts. For the stories of mailing.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/scenario/process.hpp"
#include "tests/torture/giver.hpp"

namespace mail_tests {

// A mail as it lies in the queue.
struct Queued {
  std::string id;
  std::string message;
};

struct Said {
  int code;
  std::string out, log;
};

class Faxmail {
 public:
  // `folder` is there and empty; `to`: who gets the faxes. The way is shut: nobody listens at the port.
  Faxmail(std::filesystem::path folder, std::vector<std::string> to);
  ~Faxmail();
  Faxmail(const Faxmail&) = delete;
  Faxmail& operator=(const Faxmail&) = delete;

  // [smtp] besides server, port and intervals; a running service is made to read it.
  void open_way(unsigned port, const std::string& smtp_lines);
  void shut_way() { open_way(1, ""); }
  void start();
  void stop();  // by SIGTERM

  // Handed over, until the ACK. One page, which shows its number; or ten.
  torture::GivenFax give_a_page(unsigned number);
  torture::GivenFax give_ten_pages();
  // What lies in the queue and was tried, once so many mails do; fails the story when they do not.
  std::vector<Queued> queued(std::size_t count);
  [[nodiscard]] bool queue_is_empty() const;
  Said operate(const std::vector<std::string>& words);  // dahdi-faxmail WORDS...
  nlohmann::json mails();                               // of dahdi-faxmail queue --json
  bool log_says(const std::string& words);              // eventually

  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path spool() const { return folder_ / "spool"; }
  [[nodiscard]] std::filesystem::path configuration() const { return folder_ / "dahdi-faxmail.conf"; }
  [[nodiscard]] std::string log() const { return process.log(); }
  scenario::Process process;

 private:
  torture::GivenFax give(torture::GivenFax fax);

  std::filesystem::path folder_;
  std::vector<std::string> to_;
  torture::Giver giver_;
};

}  // namespace mail_tests
