// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/handoff/frame.hpp"

#include <nettle/sha2.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

#include "src/base/errors.hpp"
#include "src/base/passed_fds.hpp"
#include "src/handoff/fax_record.hpp"

namespace handoff {
namespace {

constexpr std::array<char, 4> magic = {'D', 'F', 'R', 'X'};
constexpr std::size_t largest_frame = sizeof(FrameHeader) + largest_record_json;

FrameHeader header_of(const Frame& frame) {
  FrameHeader header{};
  header.magic = magic;
  header.version = protocol_version;
  header.type = static_cast<std::uint16_t>(frame.type);
  header.text_bytes = static_cast<std::uint32_t>(frame.text.size());
  header.document_bytes = frame.document_bytes;
  header.id = frame.id.bytes;
  header.sha256 = frame.sha256;
  return header;
}

void check(const FrameHeader& header, std::size_t text_bytes) {
  if (header.magic != magic) throw base::Failure("that is no hand-off frame");
  if (header.version != protocol_version)
    throw base::Failure("the hand-off is of version {}, this program speaks {}", header.version,
                        protocol_version);
  if (header.type < 1 || header.type > 5)
    throw base::Failure("there is no hand-off frame of type {}", header.type);
  if (header.text_bytes != text_bytes) throw base::Failure("the hand-off frame's length is wrong");
  if (header.document_bytes > largest_document) throw base::Failure("the document is too large");
}

bool is_offer(const FrameHeader& header) {
  return header.type == static_cast<std::uint16_t>(FrameType::offer);
}

struct Packet {
  Packet() : text(largest_frame - sizeof header) {}
  // False: the peer is gone.
  bool receive(int socket, int flags, void* control = nullptr, std::size_t control_bytes = 0) {
    iovec parts[2] = {{&header, sizeof header}, {text.data(), text.size()}};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    message.msg_control = control;
    message.msg_controllen = control_bytes;
    const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | flags);
    if (got < 0) throw base::system_failure("cannot receive from the hand-off socket");
    bytes = static_cast<std::size_t>(got);
    return bytes > 0;
  }
  void check_length() const {
    if ((message.msg_flags & MSG_TRUNC) != 0) throw base::Failure("the hand-off frame is too long");
    if (bytes < sizeof header) throw base::Failure("the hand-off frame is too short");
    check(header, bytes - sizeof header);
  }
  [[nodiscard]] Frame frame() const {
    return {static_cast<FrameType>(header.type),
            {header.id},
            header.document_bytes,
            header.sha256,
            std::string(text.data(), bytes - sizeof header),
            {}};
  }

  FrameHeader header{};
  std::vector<char> text;
  msghdr message{};
  std::size_t bytes = 0;
};

}  // namespace

void send_frame(int socket, const Frame& frame) {
  FrameHeader header = header_of(frame);
  iovec parts[2] = {{&header, sizeof header}, {const_cast<char*>(frame.text.data()), frame.text.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  base::FdSpace space;
  const int fd = frame.document.get();
  if (frame.document) base::attach_fds(message, space, {&fd, 1});
  if (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
    throw base::system_failure("cannot send over the hand-off socket");
}

std::optional<Frame> receive_frame(int socket) {
  Packet packet;
  base::FdSpace space;
  const bool there = packet.receive(socket, 0, space.bytes, sizeof space.bytes);
  std::vector<base::UniqueFd> fds = base::take_fds(packet.message);
  if (!there) return std::nullopt;
  packet.check_length();
  if ((packet.message.msg_flags & MSG_CTRUNC) != 0)
    throw base::Failure("the hand-off frame carries too many files");
  if (fds.size() != (is_offer(packet.header) ? 1U : 0U))
    throw base::Failure("the hand-off frame carries {} files", fds.size());
  Frame frame = packet.frame();
  if (!fds.empty()) frame.document = std::move(fds[0]);
  return frame;
}

std::optional<Frame> peek_frame(int socket) {
  Packet packet;
  if (!packet.receive(socket, MSG_PEEK)) return std::nullopt;
  packet.check_length();
  // There was no room for files: so the kernel says whether there are any, and hands none over.
  const bool has_files = (packet.message.msg_flags & MSG_CTRUNC) != 0;
  if (has_files != is_offer(packet.header))
    throw base::Failure("the hand-off frame carries {}", has_files ? "a file" : "no file");
  return packet.frame();
}

void drop_frame(int socket) noexcept {
  msghdr message{};
  static_cast<void>(::recvmsg(socket, &message, 0));
}

std::array<std::uint8_t, 32> sha256_of(int fd) {
  sha256_ctx context;
  sha256_init(&context);
  std::vector<std::uint8_t> buffer(1 << 18);
  off_t at = 0;
  for (;;) {
    const ssize_t got = ::pread(fd, buffer.data(), buffer.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw base::system_failure("cannot read a document");
    if (got == 0) break;
    sha256_update(&context, static_cast<std::size_t>(got), buffer.data());
    at += got;
  }
  std::array<std::uint8_t, 32> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  return digest;
}

}  // namespace handoff
