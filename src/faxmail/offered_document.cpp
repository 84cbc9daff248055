// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxmail/offered_document.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "src/base/durable_file.hpp"
#include "src/base/errors.hpp"
#include "src/base/sandbox.hpp"
#include "src/faxmail/job.hpp"
#include "src/handoff/frame.hpp"

namespace faxmail {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t copy_bytes = 256 * 1024;
constexpr rlim_t besides_the_document = 1 << 20;  // record and state are smaller files

void store(const handoff::Frame& frame, const fs::path& folder, const std::string& record_json) {
  check_document(frame.document.get(), frame.document_bytes);
  copy_document(frame.document.get(), frame.document_bytes, frame.sha256, folder);
  base::DurableFile record(folder, record_file);
  record.write(record_json);
  record.commit();
  Job job;
  job.id = frame.id;
  job.accepted_unix_ms = job.tried_since_unix_ms = now_unix_ms();
  save_job(job, folder);
}

int ended(CopyEnd end, int output, std::string_view why) {
  base::write_all(output, why, "the result");
  return static_cast<int>(end);
}

}  // namespace

void check_document(int document, std::uint64_t said_bytes) {
  struct stat status {};
  struct statfs system {};
  const int flags = ::fcntl(document, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) != O_RDONLY || (flags & O_PATH) != 0)
    throw base::Failure("the document is not open for reading alone");
  // Before fstat: that is answered by the same process, and may be refused.
  if (::fstatfs(document, &system) != 0 || system.f_type == FUSE_SUPER_MAGIC)
    throw base::Failure("the document is on a file system in user space");
  if (::fstat(document, &status) != 0 || !S_ISREG(status.st_mode))
    throw base::Failure("the document is no regular file");
  if (status.st_size == 0) throw base::Failure("the document is empty");
  if (static_cast<std::uint64_t>(status.st_size) != said_bytes)
    throw base::Failure("the document has {} bytes, the frame says {}", status.st_size, said_bytes);
}

void copy_document(int document, std::uint64_t bytes, const std::array<std::uint8_t, 32>& sha256,
                   const fs::path& folder) {
  base::DurableFile copy(folder, tiff_file);
  std::vector<std::uint8_t> buffer(copy_bytes);
  for (std::uint64_t at = 0; at < bytes;) {
    const ssize_t got = ::pread(document, buffer.data(), std::min<std::uint64_t>(buffer.size(), bytes - at),
                                static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw base::system_failure("cannot read the document");
    if (got == 0) throw base::Failure("the document became shorter while it was read");
    copy.write({buffer.data(), static_cast<std::size_t>(got)});
    at += static_cast<std::uint64_t>(got);
  }
  if (handoff::sha256_of(copy.fd()) != sha256) throw base::Failure("the document's checksum is wrong");
  copy.commit();
}

void give_up_all_but_copying(const fs::path& folder, int socket, int output) {
  base::sandbox::close_other_fds({socket, output});
  base::sandbox::limit_resources({{RLIMIT_FSIZE, handoff::largest_document + besides_the_document},
                                  {RLIMIT_NOFILE, 64},
                                  {RLIMIT_NPROC, 0},
                                  {RLIMIT_CORE, 0}});
  base::sandbox::restrict_files({{folder, base::sandbox::FileRight::write}});
  base::sandbox::allow_only({base::sandbox::plain_computing, base::sandbox::working_with_files});
}

int copy_offer_in_child(int socket, const fs::path& folder, const std::string& record_json, int output) {
  give_up_all_but_copying(folder, socket, output);
  return copy_offer(socket, folder, record_json, output);
}

int copy_offer(int socket, const fs::path& folder, const std::string& record_json, int output) {
  try {
    const auto frame = handoff::receive_frame(socket);
    if (!frame) return ended(CopyEnd::later, output, "the frame is gone");
    store(*frame, folder, record_json);
    return static_cast<int>(CopyEnd::good);
  } catch (const base::Failure& error) {
    return ended(CopyEnd::never, output, error.what());
  } catch (const std::exception& error) {
    return ended(CopyEnd::later, output, error.what());
  }
}

}  // namespace faxmail
