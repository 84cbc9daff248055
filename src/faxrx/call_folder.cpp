// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/call_folder.hpp"

#include <fmt/chrono.h>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxrx/ring_records.hpp"
#include "src/page/document.hpp"

namespace faxrx {
namespace fs = std::filesystem;
namespace {

constexpr const char* record_name = "call.json";

page::DocumentText text_of(const handoff::FaxRecord& record) {
  const std::time_t started = record.started_unix_s;
  std::tm local{};
  ::localtime_r(&started, &local);
  const auto known = [](const std::string& number) {
    return number.empty() ? std::string("unknown") : number;
  };
  return {fmt::format("Fax from {} to {}", known(record.caller_number), known(record.called)),
          fmt::format("{:%Y:%m:%d %H:%M:%S}", local)};
}

std::vector<fs::path> page_files(const fs::path& folder, std::size_t count) {
  std::vector<fs::path> files;
  for (std::size_t i = 1; i <= count; ++i)
    files.push_back(folder / page::page_file_name(static_cast<unsigned>(i)));
  return files;
}

void remove_folder(const fs::path& folder) {
  fs::remove_all(folder);
  base::fsync_folder(folder.parent_path());
}

// The commit: the document, then its record. The record's rename is the moment from which the fax is in
// ready/.
void commit_document(const Spool& spool, const fs::path& folder, const handoff::FaxRecord& record) {
  const std::string id = record.id.text();
  page::write_document(spool.ready, id + ".tif", page_files(folder, record.pages.size()), text_of(record));
  base::DurableFile json(spool.ready, id + ".json");
  json.write(to_json(record));
  json.commit();
}

// A call without a page is told too: dahdi-faxmail knows whether its operator wants to hear of it. Nobody was
// promised anything in it, so a disk that is full loses no more than these words.
void report_call(const Spool& spool, const handoff::FaxRecord& record) {
  try {
    base::DurableFile json(spool.ready, record.id.text() + report_ending);
    json.write(to_json(record));
    json.commit();
  } catch (const std::exception& error) {
    base::log::warning("call {} cannot be told to dahdi-faxmail: {}", record.id.text(), error.what());
  }
}

// The pages on disk say what there is; call.json was written before the first.
void add_pages_of_leftover(handoff::FaxRecord& record, const fs::path& folder) {
  record.pages.clear();
  for (unsigned n = 1; n <= handoff::most_pages && fs::exists(folder / page::page_file_name(n)); ++n)
    record.pages.push_back(record_of(page::read_page(folder / page::page_file_name(n)), n));
  record.complete = false;
  record.outcome = code_of(CallOutcome::broken);
  record.sentence = sentence_of(CallOutcome::broken);
}

bool finish_leftover(const Spool& spool, const fs::path& folder, const std::string& line_or_all) {
  if (!fs::exists(folder / record_name)) {
    // Without call.json there is no page: it is on the disk before the first. Nobody's: only when no call can
    // be running.
    if (line_or_all.empty()) remove_folder(folder);
    return false;
  }
  handoff::FaxRecord record =
      handoff::from_json(base::read_file(folder / record_name, handoff::largest_record_json));
  if (!line_or_all.empty() && record.line != line_or_all) return false;
  add_pages_of_leftover(record, folder);  // only now: another line's call may be running
  const bool committed = fs::exists(spool.ready / (record.id.text() + ".json"));
  if (!committed && !record.pages.empty()) {
    commit_document(spool, folder, record);
    base::log::warning("call {} was left unfinished: the pages on disk, {}, are kept as an incomplete fax",
                       record.id.text(), record.pages.size());
  }
  if (record.pages.empty()) report_call(spool, record);
  remove_folder(folder);
  return !record.pages.empty();
}

}  // namespace

handoff::PageRecord record_of(const page::PageImage& image, unsigned number) {
  return {number,
          image.width_pels,
          image.row_count,
          static_cast<double>(image.x_dpi),
          static_cast<double>(image.y_dpi),
          image.bad_rows,
          image.longest_bad_run,
          image.complete,
          image.verdict,
          image.damaged};
}

CallFolder::CallFolder(const Spool& spool, handoff::FaxRecord first_record)
    : record(std::move(first_record)), spool_(spool), folder_(spool.incoming / record.id.text()) {
  base::make_durable_folder(folder_, 0770);
  base::DurableFile json(folder_, record_name);
  json.write(to_json(record));
  json.commit();
}

void CallFolder::add_page(const page::PageImage& image) {
  if (record.pages.size() >= handoff::most_pages)
    throw base::Failure("the call has more than {} pages", handoff::most_pages);
  const auto number = static_cast<unsigned>(record.pages.size() + 1);
  page::write_page(folder_, number, image);
  record.pages.push_back(record_of(image, number));
}

void CallFolder::replace_last_page(const page::PageImage& image) {
  const unsigned number = record.pages.back().number;
  try {
    page::write_page(folder_, number, image);
  } catch (...) {
    const fs::path file = folder_ / page::page_file_name(number);
    record.pages.pop_back();
    if (fs::exists(file)) record.pages.push_back(record_of(page::read_page(file), number));
    throw;
  }
  record.pages.back() = record_of(image, number);
}

void CallFolder::finish() {
  if (record.pages.empty())
    report_call(spool_, record);
  else
    commit_document(spool_, folder_, record);
  remove_folder(folder_);
}

unsigned finish_leftovers(const Spool& spool, const std::string& line_or_all) {
  std::vector<fs::path> folders;
  for (const fs::directory_entry& entry : fs::directory_iterator(spool.incoming))
    if (base::CallId::parse(entry.path().filename().string()) && entry.is_directory())
      folders.push_back(entry.path());
  unsigned finished = 0;
  for (const fs::path& folder : folders) {
    try {
      finished += finish_leftover(spool, folder, line_or_all) ? 1 : 0;
    } catch (const std::exception& error) {
      base::log::error("{} cannot be made a fax ({}); it is left there: please look at it", folder.string(),
                       error.what());
    }
  }
  return finished;
}

}  // namespace faxrx
