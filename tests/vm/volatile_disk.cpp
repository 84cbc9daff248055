// SPDX-License-Identifier: GPL-2.0-or-later
// The NBD protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md, as far as QEMU needs it.
#include "tests/vm/volatile_disk.hpp"

#include <endian.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

#include "src/base/errors.hpp"

namespace vm {
namespace {

constexpr std::size_t sector_bytes = 4096;
constexpr std::uint32_t most_bytes = 64U << 20;

// Of the handshake
constexpr std::uint64_t hello = 0x4e42444d41474943, i_have_option = 0x49484156454f5054;
constexpr std::uint64_t option_reply = 0x3e889045565a9;
constexpr std::uint16_t fixed_newstyle = 1, no_zeroes = 2;
constexpr std::uint32_t option_abort = 2, option_go = 7;
constexpr std::uint32_t reply_ack = 1, reply_info = 3, reply_unsupported = 0x80000001;
// Of transmission
constexpr std::uint16_t has_flags = 1, takes_flush = 4;
constexpr std::uint32_t request_magic = 0x25609513, reply_magic = 0x67446698;
enum Command : std::uint16_t { read = 0, write = 1, disconnect = 2, flush_all = 3 };

bool receive(int fd, void* bytes, std::size_t count) {
  auto* at = static_cast<std::uint8_t*>(bytes);
  while (count > 0) {
    const ssize_t got = ::recv(fd, at, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got, count -= static_cast<std::size_t>(got);
  }
  return true;
}

template <typename Number>
Number swapped(Number number) {
  if constexpr (sizeof number == 8) return be64toh(number);
  if constexpr (sizeof number == 4) return be32toh(number);
  if constexpr (sizeof number == 2) return be16toh(number);
}

template <typename Number>
bool receive(int fd, Number& number) {
  if (!receive(fd, &number, sizeof number)) return false;
  number = swapped(number);
  return true;
}

// Numbers in the network's order, one behind the other.
class Message {
 public:
  template <typename Number>
  Message& add(Number number) {
    number = swapped(number);
    const auto* from = reinterpret_cast<const std::uint8_t*>(&number);
    bytes.insert(bytes.end(), from, from + sizeof number);
    return *this;
  }
  [[nodiscard]] bool send(int fd) const {
    for (std::size_t at = 0; at < bytes.size();) {
      const ssize_t sent = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0) return false;
      at += static_cast<std::size_t>(sent);
    }
    return true;
  }
  std::vector<std::uint8_t> bytes;
};

bool wait_until_readable(int fd, const std::atomic<bool>& ending) {
  while (!ending) {
    pollfd one{fd, POLLIN, 0};
    if (::poll(&one, 1, 50) > 0) return true;
  }
  return false;
}

}  // namespace

VolatileDisk::VolatileDisk(const std::filesystem::path& image, std::filesystem::path socket,
                           std::uint32_t seed)
    : coin_(seed), socket_path_(std::move(socket)) {
  std::ifstream stream(image, std::ios::binary);
  durable_.assign(std::istreambuf_iterator<char>(stream), {});
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path_.string().copy(address.sun_path, sizeof address.sun_path - 1);
  socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket_ || ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket_.get(), 1) != 0)
    throw base::system_failure("cannot listen on " + socket_path_.string());
  thread_ = std::thread([this] { serve(); });
}

VolatileDisk::~VolatileDisk() {
  ending_ = true;
  thread_.join();
  ::unlink(socket_path_.c_str());
}

void VolatileDisk::serve() {
  while (wait_until_readable(socket_.get(), ending_)) {
    const base::UniqueFd client(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (client) serve_client(client.get());
  }
}

void VolatileDisk::serve_client(int client) {
  if (!shake_hands(client)) return;
  while (wait_until_readable(client, ending_))
    if (!answer(client)) return;
}

bool VolatileDisk::shake_hands(int client) const {
  std::uint32_t client_flags = 0;
  if (!Message().add(hello).add(i_have_option).add(std::uint16_t{fixed_newstyle | no_zeroes}).send(client) ||
      !receive(client, client_flags))
    return false;
  for (;;) {
    std::uint64_t magic = 0;
    std::uint32_t option = 0, length = 0;
    if (!receive(client, magic) || !receive(client, option) || !receive(client, length) ||
        length > most_bytes)
      return false;
    std::vector<std::uint8_t> data(length);
    if (!receive(client, data.data(), data.size()) || option == option_abort) return false;
    Message reply;
    reply.add(option_reply).add(option);
    if (option != option_go) {
      if (!reply.add(reply_unsupported).add(std::uint32_t{0}).send(client)) return false;
      continue;
    }
    reply.add(reply_info).add(std::uint32_t{12}).add(std::uint16_t{0}).add(std::uint64_t{durable_.size()});
    reply.add(std::uint16_t{has_flags | takes_flush});
    reply.add(option_reply).add(option).add(reply_ack).add(std::uint32_t{0});
    return reply.send(client);
  }
}

bool VolatileDisk::answer(int client) {
  std::uint32_t magic = 0, length = 0;
  std::uint16_t flags = 0, command = 0;
  std::uint64_t handle = 0, offset = 0;
  if (!receive(client, magic) || !receive(client, flags) || !receive(client, command) ||
      !receive(client, handle) || !receive(client, offset) || !receive(client, length))
    return false;
  if (magic != request_magic || command == Command::disconnect || length > most_bytes) return false;
  std::vector<std::uint8_t> bytes(command == Command::read || command == Command::write ? length : 0);
  if (command == Command::write && !receive(client, bytes.data(), bytes.size())) return false;
  const bool inside = offset <= durable_.size() && length <= durable_.size() - offset;
  const std::lock_guard lock(mutex_);
  if (command != Command::read && ++requests_ >= stop_at_) return true;  // dead: no answer
  if (stopped()) return true;
  if (inside && command == Command::read) read_for(offset, bytes);
  if (inside && command == Command::write) volatile_.push_back({offset, std::move(bytes)}), bytes.clear();
  if (command == Command::flush_all) flush();
  const bool good = inside && command <= Command::flush_all;
  Message reply;
  reply.add(reply_magic).add(std::uint32_t{good ? 0U : EINVAL}).add(handle);
  if (good) reply.bytes.insert(reply.bytes.end(), bytes.begin(), bytes.end());
  return reply.send(client);
}

// What the guest wrote is what it reads, flushed or not.
void VolatileDisk::read_for(std::uint64_t offset, std::vector<std::uint8_t>& bytes) const {
  std::memcpy(bytes.data(), durable_.data() + offset, bytes.size());
  for (const Write& one : volatile_) {
    const std::uint64_t begin = std::max(offset, one.offset);
    const std::uint64_t end = std::min(offset + bytes.size(), one.offset + one.bytes.size());
    if (begin < end)
      std::memcpy(bytes.data() + (begin - offset), one.bytes.data() + (begin - one.offset), end - begin);
  }
}

void VolatileDisk::flush() {
  for (const Write& one : volatile_)
    std::memcpy(durable_.data() + one.offset, one.bytes.data(), one.bytes.size());
  volatile_.clear();
}

VolatileDisk::Loss VolatileDisk::power_cut() {
  const std::lock_guard lock(mutex_);
  Loss loss{};
  for (const Write& one : volatile_)
    for (std::size_t at = 0, end = 0; at < one.bytes.size(); at = end) {
      end = std::min(one.bytes.size(), at + sector_bytes - (one.offset + at) % sector_bytes);
      const bool kept = (coin_() & 1024U) != 0;
      ++(kept ? loss.kept : loss.lost);
      if (kept) std::memcpy(durable_.data() + one.offset + at, one.bytes.data() + at, end - at);
    }
  volatile_.clear();
  stop_at_ = UINT64_MAX;
  return loss;
}

}  // namespace vm
