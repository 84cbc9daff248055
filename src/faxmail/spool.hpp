// SPDX-License-Identifier: GPL-2.0-or-later
// The folders that dahdi-faxmail owns: queue/ (one folder ID.STATE a mail, STATE a word of state_word()), archive/
// (folders by called number), known/ (ids). A folder in queue/ whose name begins with a dot is unfinished, or on
// its way out; it is removed at the next start. One process at a time owns a spool: a lock sees to it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "src/base/call_id.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/known_ids.hpp"

namespace faxmail {

class Spool {
 public:
  static constexpr const char* control_name = "control.sock";

  // Makes what is missing and removes what is unfinished. Throws base::Failure when another process has it.
  explicit Spool(const std::filesystem::path& folder);

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
  [[nodiscard]] std::filesystem::path archive() const { return folder_ / "archive"; }
  [[nodiscard]] std::filesystem::path queue() const { return folder_ / "queue"; }
  // The control socket of whoever has the spool.
  [[nodiscard]] std::filesystem::path control() const { return folder_ / control_name; }
  [[nodiscard]] std::filesystem::path job_folder(const base::CallId& id) const;  // of one that is there
  [[nodiscard]] std::vector<base::CallId> jobs() const;
  [[nodiscard]] bool has_job(const base::CallId& id) const;
  [[nodiscard]] bool knows(const base::CallId& id) const { return known_.contains(id) || has_job(id); }

  // A new job: its unfinished folder, to be filled with durable files, then committed under its real name.
  std::filesystem::path begin_job(const base::CallId& id);
  void commit_job(const base::CallId& id, const std::string& state = "accepted");
  // Shows a job's state in its folder's name, durably; returns the folder.
  std::filesystem::path name_job(const base::CallId& id, const std::string& state);
  void abandon_job(const base::CallId& id) noexcept;
  void remember(const base::CallId& id) { known_.add(id); }
  void forget_old(std::int64_t now_unix_s) { known_.forget_old(now_unix_s); }
  // The job is done: its id is remembered first, then the folder goes.
  void remove_job(const base::CallId& id);

 private:
  [[nodiscard]] std::filesystem::path unfinished(const base::CallId& id) const;
  void lock();
  void remove_unfinished();
  void find_jobs();
  void rename(const base::CallId& id, const std::filesystem::path& from, const std::string& name);

  std::filesystem::path folder_;
  base::UniqueFd lock_;
  KnownIds known_;
  std::map<base::CallId, std::string> names_;  // of the jobs' folders
};

}  // namespace faxmail
