// SPDX-License-Identifier: GPL-2.0-or-later
// The ids of faxes that were taken over, kept long after the faxes are gone: a giver whose ACK was lost
// offers again, perhaps weeks later, and must not double a fax. One file a day (UTC) in one folder, a line an
// id, appended and fsynced; a torn last line is no id. Owned by the Spool.
#pragma once

#include <filesystem>
#include <set>

#include "src/base/call_id.hpp"

namespace faxmail {

// Far beyond what may wait anywhere: a queue gives up after 30 days at most, and a giver offers every few
// minutes.
inline constexpr unsigned days_remembered = 120;

class KnownIds {
 public:
  explicit KnownIds(std::filesystem::path folder);  // reads them all; throws std::system_error

  [[nodiscard]] bool contains(const base::CallId& id) const { return ids_.count(id) != 0; }
  void add(const base::CallId& id);  // durable when it returns; throws std::system_error
  // Forgets the days before; to be called about once a day.
  void forget_old(std::int64_t now_unix_s);

 private:
  void read(const std::filesystem::path& file);

  std::filesystem::path folder_;
  std::set<base::CallId> ids_;
};

}  // namespace faxmail
