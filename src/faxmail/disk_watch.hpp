// SPDX-License-Identifier: GPL-2.0-or-later
// Looks every minute how much room there is for the spool and, where it is a disk of its own, the archive, and
// has the operator told when it becomes little. Owned by the Service.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "src/base/event_loop.hpp"
#include "src/faxmail/operator_mail.hpp"
#include "src/faxmail/settings.hpp"
#include "src/faxmail/spool.hpp"

namespace faxmail {

class DiskWatch {
 public:
  // All outlive it.
  DiskWatch(base::EventLoop& loop, const Spool& spool, const Settings& settings, OperatorMail& mail);

  void look();  // now, and every minute from now on

 private:
  const Spool& spool_;
  const Settings& settings_;
  OperatorMail& mail_;
  base::Timer timer_;
};

// The folders of these that have less room, a sentence each; of those on one disk the first. Without a number: less
// than 500 MB, and on a small disk less than a tenth of it.
[[nodiscard]] std::vector<std::string> nearly_full(const std::vector<std::filesystem::path>& folders,
                                                   std::optional<unsigned> least_free_mb);

}  // namespace faxmail
