// SPDX-License-Identifier: GPL-2.0-or-later
// Records as a line process that was taken over might write them: any type, any payload, in any order. The page process's
// keeper of calls takes them, with a real spool.
#include <cstdlib>
#include <filesystem>

#include "src/faxrx/call_keeper.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

fs::path new_spool() {
  // In memory: a fuzzer must not wait for a disk.
  std::string name =
      (fs::exists("/dev/shm") ? fs::path("/dev/shm") : fs::temp_directory_path()) / "fuzz-records.XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  fs::create_directory(fs::path(name) / "incoming");
  fs::create_directory(fs::path(name) / "ready");
  return name;
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  static const faxrx::Spool spool(new_spool());
  static const hw::LineName line{nullptr, "1", "fuzz", 1};
  faxrx::CallKeeper keeper(spool, line);
  while (bytes.size() > 2) {
    const std::uint16_t type = bytes[0] % 10;
    const std::size_t length = std::min<std::size_t>(bytes[1], bytes.size() - 2);
    try {
      keeper.take({type, bytes.subspan(2, length)});
    } catch (const base::Failure&) {
    }
    bytes = bytes.subspan(2 + length);
  }
  keeper.line_process_is_gone();
  for (const fs::path& folder : {spool.incoming, spool.ready})
    for (const auto& entry : fs::directory_iterator(folder))
      fs::remove_all(entry.path());
}
