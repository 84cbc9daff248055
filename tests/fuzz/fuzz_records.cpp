// SPDX-License-Identifier: GPL-2.0-or-later
// Records as a line process that was taken over might write them: any type, any payload, in any order. The page process's
// keeper of calls takes them, with a real spool, a trace and a recording.
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "src/faxrx/call_keeper.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

const std::vector<const char*> folders = {"incoming", "ready", "trace", "recordings"};

faxrx::Settings new_settings() {
  // In memory: a fuzzer must not wait for a disk.
  std::string name =
      (fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) / "fuzz-records.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  for (const char* folder : folders)
    fs::create_directory(fs::path(name) / folder);
  faxrx::Settings settings;
  settings.spool = name;
  settings.recordings = "failed";
  return settings;
}

// Audio is longer than a length octet can say: what is missing of it is silence.
std::vector<std::uint8_t> payload_of(std::uint16_t type, std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> payload(bytes.begin(), bytes.end());
  if (type == static_cast<std::uint16_t>(faxrx::RecordType::audio) && payload.size() > 8)
    payload.resize(sizeof(faxrx::Audio));
  return payload;
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  static const faxrx::Settings settings = new_settings();
  static const faxrx::ServedLine served{{nullptr, "1", "fuzz", 1}, {}};
  faxrx::CallKeeper keeper(settings, served);
  while (bytes.size() > 2) {
    const std::uint16_t type = bytes[0] % (static_cast<std::uint16_t>(faxrx::RecordType::call_end) + 2);
    const std::size_t length = std::min<std::size_t>(bytes[1], bytes.size() - 2);
    const std::vector<std::uint8_t> payload = payload_of(type, bytes.subspan(2, length));
    try {
      keeper.take({type, payload});
    } catch (const base::Failure&) {
    }
    bytes = bytes.subspan(2 + length);
  }
  keeper.line_process_is_gone();
  for (const char* folder : folders)
    for (const auto& entry : fs::directory_iterator(settings.spool / folder))
      fs::remove_all(entry.path());
}
