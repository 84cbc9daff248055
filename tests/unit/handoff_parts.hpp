// SPDX-License-Identifier: GPL-2.0-or-later
// For tests of the hand-off's taking side: an intake with its spool, givers at its sockets, good offers and packets of
// any kind.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "src/faxmail/intake.hpp"
#include "tests/unit/loop_parts.hpp"
#include "tests/unit/mail_parts.hpp"
#include "tests/unit/scratch_folder.hpp"

namespace handoff_parts {

using faxmail::Intake;
using handoff::Frame;
using handoff::FrameType;

inline std::size_t open_fds() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

inline base::UniqueFd reading(const std::filesystem::path& file) {
  return base::UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
}

inline Frame offer_of(base::UniqueFd document, std::uint64_t bytes, const handoff::FaxRecord& record) {
  Frame frame{FrameType::offer, record.id, bytes, {}, handoff::to_json(record), std::move(document)};
  return frame;
}

inline Frame offer_of(const std::filesystem::path& document, const handoff::FaxRecord& record) {
  Frame frame = offer_of(reading(document), std::filesystem::file_size(document), record);
  frame.sha256 = handoff::sha256_of(frame.document.get());
  return frame;
}

// A packet as a program of somebody else's may send it.
inline void send_raw(int socket, const std::string& bytes, const std::vector<int>& fds) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(16 * sizeof(int))> space{};
  if (!fds.empty()) {
    message.msg_control = space.data();
    message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    std::memcpy(CMSG_DATA(control), fds.data(), fds.size() * sizeof(int));
  }
  REQUIRE(::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0);
}

// A frame's octets, whatever it says.
inline std::string raw(const Frame& frame) {
  handoff::FrameHeader header{{'D', 'F', 'R', 'X'},
                              handoff::protocol_version,
                              static_cast<std::uint16_t>(frame.type),
                              static_cast<std::uint32_t>(frame.text.size()),
                              0,
                              frame.document_bytes,
                              frame.id.bytes,
                              frame.sha256};
  std::string bytes(sizeof header, '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes + frame.text;
}

// A connection: the giver's end, and the taker's, which is served once for each frame.
struct Connection {
  base::UniqueFd giver, taker;
  bool served = false, goes_on = false;

  Connection() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
    giver.reset(ends[0]);
    taker.reset(ends[1]);
  }
  // nullopt: there is no answer yet.
  [[nodiscard]] std::optional<Frame> answer() const {
    try {
      return handoff::receive_frame(giver.get());
    } catch (const std::system_error&) {
      return std::nullopt;
    }
  }
};

// The intake, the spool behind it, and what the queue would have heard.
struct Taker {
  unit::ScratchFolder folder;
  faxmail::Spool spool{folder / "spool"};
  base::EventLoop loop;
  std::vector<base::CallId> accepted;
  Intake intake;
  Connection first;

  explicit Taker(Intake::Limits limits = {}, Intake::Reported reported = {})
      : intake(
            loop, spool, [this](const base::CallId& id) { accepted.push_back(id); }, std::move(reported),
            limits) {}

  std::filesystem::path document(const std::string& text = "II* of 15 bytes",
                                 const std::string& name = "document") const {
    unit::put_file(folder / name, text);
    return folder / name;
  }
  void begin(Connection& connection) {
    connection.served = false;
    intake.serve(connection.taker.get(), [&connection](bool on) {
      connection.served = true;
      connection.goes_on = on;
    });
  }
  void begin(Connection& connection, const Frame& frame) {
    handoff::send_frame(connection.giver.get(), frame);
    begin(connection);
  }
  bool until(const std::function<bool()>& enough) { return unit::run_until(loop, enough); }
  Frame answer(Connection& connection) {
    REQUIRE(until([&] { return connection.served; }));
    auto said = connection.answer();
    REQUIRE(said);
    return std::move(*said);
  }
  Frame answer_to(const Frame& frame) {
    begin(first, frame);
    return answer(first);
  }
};

}  // namespace handoff_parts
