// SPDX-License-Identifier: GPL-2.0-or-later
// A caller's packets, against the real line over its real socket: the first byte of each piece says how long it is.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <filesystem>

#include "hw/exchange/exchange_line.hpp"
#include "src/base/unique_fd.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

constexpr std::size_t bytes_per_unit = 4;  // a piece is up to 1020 bytes

std::string new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "fuzz-exchange.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  return name;
}

const std::string& address() {
  static const std::string one = new_folder() + "/1";
  return one;
}

base::UniqueFd connect_to_line() {
  sockaddr_un where{};
  where.sun_family = AF_UNIX;
  address().copy(where.sun_path, sizeof where.sun_path - 1);
  base::UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) std::abort();
  return socket;
}

void let_line_work(hw::Line& line) {
  hw::Block heard{};
  for (hw::LineEvent event = line.next_event(); event != hw::LineEvent::none; event = line.next_event())
    if (event == hw::LineEvent::ring_ends) line.answer();
  while (line.read(heard))
    line.write(heard);
}

}  // namespace

void try_bytes(std::span<const std::uint8_t> bytes) {
  static const std::unique_ptr<hw::Line> line = hw::open_exchange_line(address());
  const base::UniqueFd caller = connect_to_line();
  let_line_work(*line);
  while (bytes.size() > 1) {
    const std::size_t length = std::min<std::size_t>(bytes[0] * bytes_per_unit, bytes.size() - 1);
    ::send(caller.get(), bytes.data() + 1, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    let_line_work(*line);
    bytes = bytes.subspan(1 + length);
  }
  line->hang_up();
}
