// SPDX-License-Identifier: GPL-2.0-or-later
// What dahdi-faxmail finds in its queue at a start, after a disk has gone wrong or somebody had an editor: any octets as a
// mail's state, as its record, as a day's known ids, and as a child's report. The first octet says as which. A state that
// is taken comes back the same from what is written of it.
#include <cstdlib>
#include <filesystem>

#include "src/base/durable_file.hpp"
#include "src/faxmail/child_work.hpp"
#include "src/faxmail/compose.hpp"
#include "src/faxmail/job.hpp"
#include "src/faxmail/known_ids.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

struct Folder {
  fs::path path = made();
  static fs::path made() {
    // In memory: a fuzzer must not wait for a disk.
    std::string name =
        (fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) / "fuzz-queue.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    return name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

void put(const fs::path& folder, const char* name, std::string_view octets) {
  base::DurableFile file(folder, name);
  file.write(octets);
  file.commit();
}

void as_state(const fs::path& folder, std::string_view octets) {
  put(folder, faxmail::state_file, octets);
  const base::CallId id = base::CallId::random();
  faxmail::save_job(faxmail::load_job(folder, id));
  const std::string once = base::read_file(folder / faxmail::state_file, 1 << 24);
  faxmail::save_job(faxmail::load_job(folder, id));
  if (base::read_file(folder / faxmail::state_file, 1 << 24) != once) std::abort();
}

void as_record(const fs::path& folder, std::string_view octets) {
  put(folder, faxmail::record_file, octets);
  faxmail::Job job;
  job.folder = folder;
  static_cast<void>(faxmail::record_of(job));
}

void as_known_ids(const fs::path& folder, std::string_view octets) {
  const fs::path known = folder / "known";
  fs::create_directory(known);
  put(known, "2999-01-01", octets);
  const base::CallId id = base::CallId::random();
  faxmail::KnownIds(known).add(id);
  if (!faxmail::KnownIds(known).contains(id)) std::abort();  // whatever stood there, a new one is remembered
  fs::remove_all(known);
}

void as_report(std::string_view octets) {
  const faxmail::DeliveryRequest request{{}, "fax@example.org", {"a@example.org", "b@example.org"}};
  if (faxmail::result_from(std::string(octets), request, "nothing").recipients.size() != request.to.size())
    std::abort();
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  static const Folder folder;
  if (bytes.empty()) return;
  const std::string_view octets = as_text(bytes.subspan(1));
  switch (bytes[0] % 4) {
    case 0:
      return as_state(folder.path, octets);
    case 1:
      return as_record(folder.path, octets);
    case 2:
      return as_known_ids(folder.path, octets);
    default:
      return as_report(octets);
  }
}
