// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

fs::path made(const fs::path& folder) {
  base::make_durable_folder(folder, 0770);
  return folder;
}

}  // namespace

Spool::Spool(const fs::path& folder) : folder_(made(folder)), known_(made(folder_) / "known") {
  lock();
  base::make_durable_folder(queue(), 0770);
  base::make_durable_folder(archive(), 0770);
  remove_unfinished();
  for (const base::CallId& id : jobs())
    known_.add(id);
}

void Spool::lock() {
  const fs::path file = folder_ / ".lock";
  lock_.reset(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!lock_) throw base::system_failure("cannot open " + file.string());
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    throw base::Failure(
        "another dahdi-faxmail works with {}; stop it, or give this one a spool of its own (--spool)",
        folder_.string());
}

void Spool::remove_unfinished() {
  for (const auto& entry : fs::directory_iterator(queue()))
    if (entry.path().filename().string().starts_with(".")) fs::remove_all(entry.path());
}

std::vector<base::CallId> Spool::jobs() const {
  std::vector<base::CallId> ids;
  for (const auto& entry : fs::directory_iterator(queue()))
    if (const auto id = base::CallId::parse(entry.path().filename().string())) ids.push_back(*id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool Spool::has_job(const base::CallId& id) const {
  return fs::exists(job_folder(id));
}

fs::path Spool::unfinished(const base::CallId& id) const {
  return queue() / ("." + id.text() + ".part");
}

fs::path Spool::begin_job(const base::CallId& id) {
  fs::path folder = unfinished(id);
  fs::remove_all(folder);
  base::make_durable_folder(folder, 0770);
  return folder;
}

void Spool::commit_job(const base::CallId& id) {
  base::durable_rename(unfinished(id), job_folder(id));
}

void Spool::abandon_job(const base::CallId& id) noexcept {
  std::error_code ignored;
  fs::remove_all(unfinished(id), ignored);
}

void Spool::remove_job(const base::CallId& id) {
  known_.add(id);
  const fs::path done = queue() / ("." + id.text() + ".done");
  base::durable_rename(job_folder(id), done);
  fs::remove_all(done);
}

}  // namespace faxmail
