// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/known_ids.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>

#include <ctime>
#include <string>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/unique_fd.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_day = 64 * 1024 * 1024;
constexpr std::int64_t day_s = 86400;

std::string day_of(std::int64_t unix_s) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(unix_s)));
}

}  // namespace

KnownIds::KnownIds(fs::path folder) : folder_(std::move(folder)) {
  base::make_durable_folder(folder_, 0770);
  forget_old(std::time(nullptr));
  for (const auto& entry : fs::directory_iterator(folder_))
    read(entry.path());
}

void KnownIds::read(const fs::path& file) {
  const std::string text = base::read_file(file, largest_day);
  std::size_t at = 0;
  for (std::size_t end = 0; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    if (const auto id = base::CallId::parse(std::string_view(text).substr(at, end - at))) ids_.insert(*id);
}

void KnownIds::add(const base::CallId& id) {
  if (contains(id)) return;
  const fs::path file = folder_ / day_of(std::time(nullptr));
  const bool first = !fs::exists(file);
  const base::UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0660));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  // The line break before it too: a line that was torn by a power cut must not swallow this one.
  const std::string line = "\n" + id.text() + "\n";
  base::write_all(fd.get(), line, file.string());
  base::fsync_file(fd.get(), file.string());
  if (first) base::fsync_folder(folder_);
  ids_.insert(id);
}

void KnownIds::forget_old(std::int64_t now_unix_s) {
  const std::string oldest = day_of(now_unix_s - days_remembered * day_s);
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().filename().string() < oldest) fs::remove(entry.path());
}

}  // namespace faxmail
