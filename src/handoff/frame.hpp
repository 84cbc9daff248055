// SPDX-License-Identifier: GPL-2.0-or-later
// The hand-off protocol, dahdi-faxrx-handoff(5): how the spool process gives dahdi-faxmail a finished fax.
// A Unix SOCK_SEQPACKET connection; one packet a message. OFFER = FrameHeader + the record's JSON + one
// read-only fd of the document (a TIFF file) by SCM_RIGHTS; REPORT = FrameHeader + JSON; ACK and NAK =
// FrameHeader (+ a sentence). No path crosses. ACK means: document and record are fsynced under the taker's own folder, the folder too. The giver
// deletes only then.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/base/call_id.hpp"
#include "src/base/unique_fd.hpp"

namespace handoff {

inline constexpr std::uint16_t protocol_version = 1;
inline constexpr std::uint64_t largest_document = 1ULL << 30;  // bytes
inline constexpr std::size_t largest_sentence = 512;           // bytes

// A REPORT (report.hpp) came after the others: a taker that does not know it answers NAK never.
enum class FrameType : std::uint16_t { offer = 1, ack = 2, nak_later = 3, nak_never = 4, report = 5 };

// Host byte order: both ends are on one machine.
struct FrameHeader {
  std::array<char, 4> magic;  // "DFRX"
  std::uint16_t version;
  std::uint16_t type;
  std::uint32_t text_bytes;  // of what follows the header
  std::uint32_t zero;
  std::uint64_t document_bytes;         // OFFER: exact size of the file; else 0
  std::array<std::uint8_t, 16> id;      // CALLID
  std::array<std::uint8_t, 32> sha256;  // OFFER: of the document; else 0
};
static_assert(sizeof(FrameHeader) == 72);

struct Frame {
  FrameType type = FrameType::offer;
  base::CallId id;
  std::uint64_t document_bytes = 0;
  std::array<std::uint8_t, 32> sha256{};
  std::string text;         // OFFER: the record as JSON; REPORT: the report; NAK: a sentence
  base::UniqueFd document;  // OFFER only
};

// Sends one frame (blocking socket or not). Throws std::system_error.
void send_frame(int socket, const Frame& frame);
// Receives one frame. nullopt: the peer is gone. Throws base::Failure for everything that is no frame of ours
// (magic, version, type, lengths, truncation, number of fds), std::system_error when the socket fails
// (EAGAIN: later).
std::optional<Frame> receive_frame(int socket);

// The same for whoever must not wait: the packet stays at the socket, and its file with it, unopened by this process.
// For the file may be its owner's own doing (FUSE), or far away: looking at it, or only closing it, may take for ever.
std::optional<Frame> peek_frame(int socket);
// Takes that packet away unread; the kernel lets go of its files without asking whose they are.
void drop_frame(int socket) noexcept;

// SHA-256 of the whole file behind fd, read from its start. Throws std::system_error.
std::array<std::uint8_t, 32> sha256_of(int fd);

}  // namespace handoff
