// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>

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
  find_jobs();
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

// A name without a state is somebody's own doing: it is given its state when the job is read.
void Spool::find_jobs() {
  for (const auto& entry : fs::directory_iterator(queue())) {
    const std::string name = entry.path().filename().string();
    const auto id = base::CallId::parse(name.substr(0, base::CallId::text_length));
    const bool named_so = name.size() == base::CallId::text_length || name[base::CallId::text_length] == '.';
    if (id && named_so) names_[*id] = name;
  }
}

std::vector<base::CallId> Spool::jobs() const {
  std::vector<base::CallId> ids;
  for (const auto& [id, name] : names_)
    ids.push_back(id);
  return ids;
}

bool Spool::has_job(const base::CallId& id) const {
  return names_.count(id) != 0;
}

fs::path Spool::job_folder(const base::CallId& id) const {
  return queue() / names_.at(id);
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

// Also when only the fsync of the folder fails: then the new name is there, and is the one to work with.
void Spool::rename(const base::CallId& id, const fs::path& from, const std::string& name) {
  try {
    base::durable_rename(from, queue() / name);
  } catch (...) {
    std::error_code ignored;
    if (fs::exists(queue() / name, ignored)) names_[id] = name;
    throw;
  }
  names_[id] = name;
}

void Spool::commit_job(const base::CallId& id, const std::string& state) {
  rename(id, unfinished(id), id.text() + "." + state);
}

fs::path Spool::name_job(const base::CallId& id, const std::string& state) {
  const std::string name = id.text() + "." + state;
  if (names_.at(id) != name) rename(id, job_folder(id), name);
  return queue() / name;
}

void Spool::abandon_job(const base::CallId& id) noexcept {
  std::error_code ignored;
  fs::remove_all(unfinished(id), ignored);
}

void Spool::remove_job(const base::CallId& id) {
  known_.add(id);
  const fs::path done = queue() / ("." + id.text() + ".done");
  base::durable_rename(job_folder(id), done);
  names_.erase(id);
  std::error_code at_the_next_start;  // it is out of the queue, whatever is left of it
  fs::remove_all(done, at_the_next_start);
}

}  // namespace faxmail
