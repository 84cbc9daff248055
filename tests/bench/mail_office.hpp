// SPDX-License-Identifier: GPL-2.0-or-later
// The real dahdi-faxmail with a real SMTP server, for what mailing costs; and the usual recipe beside it, over the same
// server: libtiff's tiff2pdf and Python's smtplib (recipe.py).
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "src/base/unique_fd.hpp"
#include "tests/scenario/process.hpp"

namespace bench {

struct ScratchFolder {
  explicit ScratchFolder(const std::filesystem::path& above);
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  std::filesystem::path path;
};

struct TestFax {
  std::filesystem::path tiff;
  unsigned pages;
};
// So many copies of it, one after the other, as one fax (by libtiff's tiffcp).
TestFax joined(const TestFax& fax, unsigned copies, const std::filesystem::path& file);

// Each throws base::Failure when something does not go as it should.
class MailOffice {
 public:
  MailOffice(std::filesystem::path folder, unsigned deliveries_at_once);
  ~MailOffice();
  MailOffice(const MailOffice&) = delete;
  MailOffice& operator=(const MailOffice&) = delete;

  void hand_over(const TestFax& fax);  // until the ACK
  void await_mails(unsigned more);     // until the SMTP server has so many more than at the last call
  void run_recipes(const TestFax& fax, unsigned mails, unsigned at_once);
  // Ends dahdi-faxmail. MB: the most memory that it or one of its children had (ru_maxrss).
  double stop();

 private:
  void start_smtp();
  void start_faxmail(unsigned deliveries_at_once);
  [[nodiscard]] std::filesystem::path mail_file(unsigned number) const;

  std::filesystem::path folder_;
  scenario::Process smtp_;
  std::string port_;
  pid_t faxmail_ = -1;
  base::UniqueFd socket_;
  unsigned mails_ = 0, recipes_ = 0;
};

}  // namespace bench
