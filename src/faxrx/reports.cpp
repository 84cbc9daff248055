// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/reports.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <optional>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxrx/call_folder.hpp"
#include "src/handoff/report.hpp"

namespace faxrx {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::hours told_again{
    1};  // while the disk is full: a dahdi-faxmail may have lost its memory

handoff::Frame frame_of(const base::CallId& id, const handoff::Report& report) {
  handoff::Frame frame;
  frame.type = handoff::FrameType::report;
  frame.id = id;
  frame.text = handoff::to_json(report);
  return frame;
}

// True: it is told, or this taker will never want to hear it (an older one knows no reports).
bool is_done(const handoff::Frame& answer) {
  if (answer.type == handoff::FrameType::nak_never)
    base::log::debug("dahdi-faxmail does not take a report: {}", answer.text);
  return answer.type != handoff::FrameType::nak_later;
}

bool is_report(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(report_ending) &&
         base::CallId::parse(name.substr(0, name.size() - std::string_view(report_ending).size()));
}

std::optional<handoff::FaxRecord> record_in(const fs::path& file) {
  try {
    return handoff::from_json(base::read_file(file, handoff::largest_record_json));
  } catch (const std::exception& error) {
    base::log::warning("{} cannot be told to dahdi-faxmail and is removed: {}", file.string(), error.what());
    return std::nullopt;
  }
}

}  // namespace

bool Reports::tell(const Ask& ask) {
  return tell_disk(ask) && tell_calls(ask);
}

std::vector<fs::path> Reports::waiting() const {
  std::vector<std::pair<fs::file_time_type, fs::path>> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(ready_))
    if (is_report(entry.path())) found.emplace_back(entry.last_write_time(), entry.path());
  std::sort(found.begin(), found.end());
  std::vector<fs::path> files;
  files.reserve(found.size());
  for (auto& [time, file] : found)
    files.push_back(std::move(file));
  return files;
}

bool Reports::tell_calls(const Ask& ask) {
  const std::vector<fs::path> files = waiting();
  std::size_t left = files.size();
  for (const fs::path& file : files) {
    if (left-- > most_reports) {
      base::durable_remove(file);
      continue;
    }
    const auto call = record_in(file);
    if (call && !is_done(ask(frame_of(call->id, handoff::CallReport{*call})))) return false;
    base::durable_remove(file);
  }
  return true;
}

bool Reports::tell_disk(const Ask& ask) {
  struct statvfs room {};
  if (::statvfs(ready_.c_str(), &room) != 0) return true;
  const auto free_mb = static_cast<unsigned>(
      std::min<std::uint64_t>((std::uint64_t{room.f_bavail} * room.f_frsize) >> 20U, UINT32_MAX));
  const bool full = free_mb < settings_.least_free_mb;
  if (full == full_told_ && (!full || Clock::now() - told_at_ < told_again)) return true;
  const handoff::DiskReport report{settings_.spool.string(), full, free_mb, settings_.least_free_mb,
                                   settings_.answer_when_full};
  if (!is_done(ask(frame_of(base::CallId::random(), report)))) return false;
  full_told_ = full;
  told_at_ = Clock::now();
  return true;
}

}  // namespace faxrx
