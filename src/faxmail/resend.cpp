// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/resend.hpp"

#include <fcntl.h>

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxmail/route.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t shortest_abbreviation = 4, id_digits_in_name = 8, id_digits = 32;

bool is_hexadecimal(const std::string& text) {
  return text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// "..._0f8fad5b.json" → "0f8fad5b"
std::string id_in(const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.substr(std::min(stem.rfind('_') + 1, stem.size()));
}

std::vector<fs::path> records_in(const fs::path& archive) {
  std::vector<fs::path> files;
  std::error_code error;  // a folder that may not be read is passed over
  for (const auto& folder : fs::directory_iterator(archive, error))
    for (const auto& entry : fs::directory_iterator(folder.path(), error))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
  return files;
}

ArchivedFax read(const fs::path& file) {
  return {file.parent_path(), archive_record_from(base::read_file(file, largest_archive_record))};
}

ArchivedFax find_by_id(const fs::path& archive, const std::string& digits) {
  std::vector<ArchivedFax> found;
  for (const fs::path& file : records_in(archive)) {
    if (!id_in(file).starts_with(digits.substr(0, id_digits_in_name))) continue;
    ArchivedFax fax = read(file);
    if (fax.record.fax.id.text().starts_with(digits)) found.push_back(std::move(fax));
  }
  if (found.empty()) throw base::Failure("there is no fax in the archive whose id begins with {}", digits);
  if (found.size() > 1)
    throw base::Failure(
        "{} faxes in the archive have ids that begin with {}, {} and {} among them; say more digits",
        found.size(), digits, found[0].record.fax.id.text(), found[1].record.fax.id.text());
  return std::move(found.front());
}

ArchivedFax find_by_file(const fs::path& archive, const std::string& name) {
  fs::path file = fs::path(name).filename();
  for (const char* ending : {".tif", ".pdf", ".json"})
    if (file.extension() == ending) file.replace_extension();
  for (const fs::path& record : records_in(archive))
    if (record.stem() == file) return read(record);
  throw base::Failure(
      "there is no record of {} in the archive; a file can be mailed by itself: dahdi-faxmail --send -a FILE "
      "-r WHO",
      base::printable(name, 256));
}

bool take(const ArchivedFax& fax, const char* ending, const fs::path& to) {
  const fs::path from = fax.folder / (fax.record.name + ending);
  std::error_code error;
  if (!fs::is_regular_file(fs::symlink_status(from, error))) return false;
  fs::create_hard_link(from, to, error);
  if (!error) return true;
  fs::copy_file(from, to);  // the archive may be a disk of its own
  const base::UniqueFd fd(::open(to.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + to.string());
  base::fsync_file(fd.get(), to.string());
  return true;
}

void check(const std::vector<std::string>& to) {
  if (to.empty()) throw base::Failure("say who gets it: an address is written name@host.example");
  if (to.size() > most_resend_recipients)
    throw base::Failure("{} people at once are too many; {} are possible", to.size(), most_resend_recipients);
  for (const std::string& one : to)
    if (!valid_address(one))
      throw base::Failure("\"{}\" cannot be mailed to; an address is written name@host.example",
                          base::printable(one));
}

// The PDF is made anew of the TIFF, and only where that is gone, the archived one is mailed.
void fill(Job& job, const ArchivedFax& fax) {
  const bool tiff = take(fax, ".tif", job.folder / tiff_file);
  job.has_pdf = !tiff && take(fax, ".pdf", job.folder / pdf_file);
  if (!tiff && !job.has_pdf)
    throw base::Failure("the files of fax {} are no longer in {}", fax.record.fax.id.text(),
                        fax.folder.string());
  job.step = tiff ? Step::accepted : Step::converted;
  base::DurableFile record(job.folder, record_file);
  record.write(handoff::to_json(fax.record.fax));
  record.commit();
  save_job(job);
}

}  // namespace

ArchivedFax find_archived(const fs::path& archive, const std::string& name) {
  if (name.size() > id_digits || !is_hexadecimal(name)) return find_by_file(archive, name);
  if (name.size() < shortest_abbreviation)
    throw base::Failure("an id is abbreviated to at least {} of its hexadecimal digits",
                        shortest_abbreviation);
  return find_by_id(archive, name);
}

base::CallId resend(Spool& spool, const ArchivedFax& fax, const std::vector<std::string>& to) {
  check(to);
  Job job;
  job.id = base::CallId::random();
  job.resend_to = to;
  job.accepted_unix_ms = job.tried_since_unix_ms = now_unix_ms();
  job.folder = spool.begin_job(job.id);
  try {
    fill(job, fax);
    spool.commit_job(job.id, state_word(job));
  } catch (...) {
    spool.abandon_job(job.id);
    throw;
  }
  base::log::info("fax {} is mailed again, as mail {}", fax.record.fax.id.text(), job.id.text());
  return job.id;
}

}  // namespace faxmail
