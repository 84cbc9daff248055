// SPDX-License-Identifier: GPL-2.0-or-later
// What the queue does with a mail that is too big for the server: mails with some pages each, and when not even a page
// fits, a word to everybody where the fax is. First the ids of the new mails are on the disk, then the mails, then the
// word that they are there: whenever the power goes, each part is there once.
#include <fcntl.h>

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/unique_fd.hpp"
#include "src/faxmail/archive.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/message.hpp"
#include "src/faxmail/queue.hpp"
#include "src/faxmail/queue/notices.hpp"
#include "src/faxmail/queue/part_sizes.hpp"
#include "src/faxmail/queue_report.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr const char* split_base = "part.pdf";  // names the folder of the parts; is not written itself

bool has_several_pages(const Job& job) {
  return job.pages.last == 0 ? record_of(job).pages.size() > 1 : job.pages.last > job.pages.first;
}

void fsync_whole(const fs::path& file) {
  const base::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) throw base::system_failure("cannot open " + file.string());
  base::fsync_file(fd.get(), file.string());
}

}  // namespace

bool Queue::make_smaller(Job& job) {
  if (!job.parts.empty()) return make_parts(job), true;
  if (!job.has_pdf) return tell_where_it_is(job, "no PDF could be made of it"), true;
  if (!has_several_pages(job)) return tell_where_it_is(job, "it is a single page"), true;
  const std::uint64_t mail_bytes = fs::file_size(job.folder / message_file);
  std::uint64_t limit = servers_.largest_mail(server_of(job));
  // It did not say how much is too much: half of it is a try.
  if (limit == 0 || limit >= mail_bytes) limit = mail_bytes / 2;
  const std::uint64_t largest = largest_pdf_in(limit, job.note.size());
  if (largest == 0)
    return tell_where_it_is(job, fmt::format("a mail of {} bytes has no room for it", limit)), true;
  if (count(Doing::paper) < most_conversions) start_splitting(job, largest);
  return false;
}

void Queue::start_splitting(Job& job, std::uint64_t largest_pdf_bytes) {
  const SplitRequest request{{job.folder / tiff_file,
                              job.folder / split_base,
                              {},
                              settings_.company,
                              settings_.received_line,
                              record_of(job),
                              settings_.pdf_a,
                              job.pages},
                             largest_pdf_bytes,
                             fs::file_size(job.folder / pdf_file) / largest_pdf_bytes + 1};
  start_paper(job, request, [this](Job& one, const WorkerEnd& end) { split_done(one, end); });
}

void Queue::split_done(Job& job, const WorkerEnd& end) {
  std::vector<PageRange> ranges;
  std::string why = end.output.empty() ? "the program that splits it " + end.in_words() : end.output;
  try {
    if (end.good()) ranges = parts_from(end.output);
  } catch (const std::exception& error) {
    why = error.what();
  }
  if (ranges.empty()) {
    for (const auto& entry : fs::directory_iterator(job.folder))
      if (entry.path().filename().string().starts_with("part-")) fs::remove(entry.path());
    tell_where_it_is(job, why);
    return settle(job);
  }
  for (const PageRange& range : ranges) {
    fsync_whole(job.folder / part_file(range));
    job.parts.push_back({base::CallId::random(), range});
  }
  base::fsync_folder(job.folder);
  save(job);
  settle(job);
}

void Queue::make_parts(Job& job) {
  for (std::size_t i = 0; i < job.parts.size(); ++i) {
    const Part& part = job.parts[i];
    make_mail(job, part.id, {record_file, tiff_file}, [&](Job& mail) {
      fs::create_hard_link(job.folder / part_file(part.pages), mail.folder / pdf_file);
      base::fsync_folder(mail.folder);
      mail.kind = Kind::part;
      mail.pages = part.pages;
      mail.part = fmt::format("part {} of {}", i + 1, job.parts.size());
      mail.tried_since_unix_ms = job.tried_since_unix_ms;
      mail.server = job.server;
      write_part_mail(job, mail);
    });
  }
  base::log::info("fax {} is too big for one mail and goes in {} parts", job.id.text(), job.parts.size());
  for (Recipient& one : job.recipients)
    if (one.state == RecipientState::too_big) one.state = RecipientState::in_parts;
  const std::vector<Part> made = std::move(job.parts);
  job.parts.clear();
  save(job);
  for (const Part& part : made)
    fs::remove(job.folder / part_file(part.pages));
}

void Queue::tell_where_it_is(Job& job, const std::string& why) {
  if (!job.notice_id || !job.pointer_id) {
    job.notice_id = base::CallId::random();
    job.pointer_id = base::CallId::random();
    save(job);
  }
  const handoff::FaxRecord fax = record_of(job);
  Kept kept{{}, why};
  for (const char* ending : {".pdf", ".tif"})
    if (const fs::path file = archived(spool_.archive(), fax.called, file_name_of(fax) + ending);
        fs::exists(file))
      kept.files.push_back(file);
  const bool others = std::any_of(job.recipients.begin(), job.recipients.end(), [&](const Recipient& one) {
    return one.state == RecipientState::too_big && one.address != settings_.operator_address;
  });
  if (others)
    make_mail(job, *job.pointer_id, {record_file}, [&](Job& mail) {
      mail.server = job.server;
      write_pointer_mail(job, mail, kept, settings_.operator_address);
    });
  make_mail(job, *job.notice_id, {record_file},
            [&](Job& mail) { write_too_big_notice(job, mail, kept, settings_); });
  job.notice_id.reset();
  job.pointer_id.reset();
  job.told_too_big = true;
  save(job);
}

void Queue::keep_too_big(Job& job) {
  job.hold = Hold::too_big;
  save(job);
  report_too_big(job);
}

}  // namespace faxmail
