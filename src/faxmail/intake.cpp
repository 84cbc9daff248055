// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/intake.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include <algorithm>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/faxmail/job.hpp"
#include "src/handoff/fax_record.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

using handoff::FrameType;

constexpr std::size_t copy_bytes = 256 * 1024;
// A document becomes TIFF, PDF and a mail of 4/3 of that, and state files must still fit when it is there.
constexpr std::uint64_t room_per_byte = 4;
constexpr std::uint64_t room_besides = 16ULL << 20;

// What the giver may try again after somebody has seen to it; base::Failure is for what never gets better.
class Later : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void check_document(int fd, std::uint64_t said_bytes) {
  struct stat status {};
  struct statfs system {};
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || (flags & O_PATH) != 0)
    throw base::Failure("the document is not open for reading alone");
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
    throw base::Failure("the document is no regular file");
  // A file system in user space answers when its owner likes: reading would be waiting for the giver.
  if (::fstatfs(fd, &system) != 0 || system.f_type == FUSE_SUPER_MAGIC)
    throw base::Failure("the document is on a file system in user space");
  if (status.st_size == 0) throw base::Failure("the document is empty");
  if (static_cast<std::uint64_t>(status.st_size) != said_bytes)
    throw base::Failure("the document has {} bytes, the frame says {}", status.st_size, said_bytes);
}

void copy(int from, std::uint64_t bytes, base::DurableFile& to) {
  std::vector<std::uint8_t> buffer(copy_bytes);
  for (std::uint64_t at = 0; at < bytes;) {
    const ssize_t got = ::pread(from, buffer.data(), std::min<std::uint64_t>(buffer.size(), bytes - at),
                                static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw base::system_failure("cannot read the document");
    if (got == 0) throw base::Failure("the document became shorter while it was read");
    to.write({buffer.data(), static_cast<std::size_t>(got)});
    at += static_cast<std::uint64_t>(got);
  }
}

std::string cut(std::string sentence) {
  sentence.resize(std::min(sentence.size(), handoff::largest_sentence));
  return sentence;
}

}  // namespace

bool Intake::serve(int socket) {
  handoff::Frame reply{FrameType::nak_never, {}, 0, {}, {}, {}};
  Answer answer{};
  try {
    const auto frame = handoff::receive_frame(socket);
    if (!frame) return false;
    answer = answer_to(*frame);
    reply.id = frame->id;
  } catch (const base::Failure& error) {
    answer = {FrameType::nak_never, error.what()};
    base::log::warning("the hand-off socket brought no good frame: {}", error.what());
  }
  reply.type = answer.type;
  reply.text = cut(answer.sentence);
  handoff::send_frame(socket, reply);
  if (answer.in_queue) accepted_(reply.id);
  return reply.id != base::CallId{};
}

Intake::Answer Intake::answer_to(const handoff::Frame& frame) {
  try {
    return take(frame);
  } catch (const base::Failure& error) {
    base::log::warning("fax {} was refused for good: {}", frame.id.text(), error.what());
    return {FrameType::nak_never, error.what()};
  } catch (const std::exception& error) {
    base::log::error("fax {} cannot be taken over now: {}", frame.id.text(), error.what());
    return {FrameType::nak_later, error.what()};
  }
}

Intake::Answer Intake::take(const handoff::Frame& frame) {
  if (frame.id == base::CallId{}) throw base::Failure("an id of zeros names no fax");
  if (frame.type == FrameType::report) return take_report(frame);
  if (frame.type != FrameType::offer) throw base::Failure("only OFFER and REPORT frames are taken here");
  const handoff::FaxRecord record = handoff::from_json(frame.text);
  if (record.id != frame.id) throw base::Failure("the record's id is not the frame's");
  check_document(frame.document.get(), frame.document_bytes);
  if (!spool_.knows(frame.id)) {
    check_room(frame.document_bytes);
    store(frame, handoff::to_json(record));
    spool_.remember(frame.id);
    return {FrameType::ack, {}, true};
  }
  spool_.remember(frame.id);  // for the case that only this failed the last time
  base::log::debug("fax {} was offered again", frame.id.text());
  return {FrameType::ack, {}, spool_.has_job(frame.id)};
}

Intake::Answer Intake::take_report(const handoff::Frame& frame) {
  const handoff::Report report = handoff::report_from_json(frame.text);
  const auto* call = std::get_if<handoff::CallReport>(&report);
  if (call != nullptr && call->call.id != frame.id) throw base::Failure("the call's id is not the frame's");
  if (!spool_.knows(frame.id) && reported_) reported_(frame.id, report);
  spool_.remember(frame.id);
  return {FrameType::ack, {}};
}

void Intake::check_room(std::uint64_t bytes) const {
  struct statvfs system {};
  if (::statvfs(spool_.folder().c_str(), &system) != 0)
    throw base::system_failure("cannot look at " + spool_.folder().string());
  const std::uint64_t free = std::uint64_t{system.f_bavail} * system.f_frsize;
  if (free < bytes * room_per_byte + room_besides)
    throw Later(fmt::format("the disk of {} is full: {} MB are free", spool_.folder().string(), free >> 20));
}

void Intake::store(const handoff::Frame& frame, const std::string& record_json) {
  const fs::path folder = spool_.begin_job(frame.id);
  try {
    base::DurableFile document(folder, tiff_file);
    copy(frame.document.get(), frame.document_bytes, document);
    if (handoff::sha256_of(document.fd()) != frame.sha256)
      throw base::Failure("the document's checksum is wrong");
    document.commit();
    base::DurableFile record(folder, record_file);
    record.write(record_json);
    record.commit();
    Job job;
    job.id = frame.id;
    job.accepted_unix_ms = job.tried_since_unix_ms = now_unix_ms();
    save_job(job, folder);
    spool_.commit_job(frame.id);
  } catch (...) {
    spool_.abandon_job(frame.id);
    throw;
  }
}

}  // namespace faxmail
