// SPDX-License-Identifier: GPL-2.0-or-later
// What a line process tells its page process through the ring, and what comes back over their socket. Every
// payload is one of these trivially copyable structs, exactly as long as it is (page_bytes: as many bytes as
// it has; page_hole: none). The page process trusts no value in them.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <type_traits>

#include "hw/line.hpp"
#include "src/base/short_text.hpp"
#include "src/t30/receiver.hpp"

namespace faxrx {

enum class RecordType : std::uint16_t {
  call_begin = 1,  // CallBegin
  news,            // News
  session,         // t30::Session
  page_begin,      // t30::PageFormat
  page_bytes,      // bytes
  page_hole,       // nothing
  page_end,        // t30::PageEnd
  frame,           // Frame
  trace,           // TraceLine
  audio,           // Audio
  call_end,        // CallEnd
  not_answered     // NotAnswered
};

struct CallBegin {
  std::uint64_t samples;  // of the line's time, since the first ring
  hw::CallIdentity identity;
  std::uint32_t rings = 0, ring_ms = 0;  // the last one's length; 0 = not known
};

// Somebody rang, and is gone.
enum class WhyNot : std::uint16_t { gave_up, refused, never };
struct NotAnswered {
  WhyNot why = WhyNot::gave_up;
  std::uint16_t zero = 0;
  std::uint32_t rings = 0;
  hw::CallIdentity identity;
};

// How a line logs: a number, and a value where there is one.
enum class NewsKind : std::uint16_t {
  ringing,
  listening,  // answered, and silent: is it a fax machine?
  answered,   // as a fax machine
  cng_heard,  // while listening, or on a line that another telephone holds
  line_trouble,
  line_good,
  blocked,  // by the operator [1, or 0: no longer]
  dropped   // records that did not fit into the ring [how many]
};
struct News {
  NewsKind kind;
  std::uint16_t zero = 0;
  std::uint32_t value = 0;
  std::uint64_t samples = 0;  // of the line's time, since the first ring
};

struct Frame {  // a T.30 frame, cut to what fits: PPR (33 octets), and any DCS, NSF or NSS that is in use
  std::uint64_t samples;
  std::uint8_t said_by_us;
  std::uint8_t length;
  std::array<std::uint8_t, 96> octets;  // from the facsimile control field on
};

struct TraceLine {
  std::uint64_t samples;
  t30::Trace trace;
};

struct Audio {            // a block, as it was on the line; only where calls are recorded
  std::uint64_t samples;  // since the answer, before this block
  hw::Block heard, said;
};

// How a call ended, beyond what T.30 itself knows.
enum class CallOutcome : std::uint8_t {
  completed,
  caller_hung_up,
  no_fax,
  failed,
  slower_than_allowed,
  wrong_password,
  incompatible,
  line_trouble,
  too_long,
  stopped,
  not_stored,
  broken,
  ended_here
};
[[nodiscard]] const char* code_of(CallOutcome outcome) noexcept;      // "completed": dahdi-faxrx-record(5)
[[nodiscard]] const char* sentence_of(CallOutcome outcome) noexcept;  // "the caller sent everything"

struct CallEnd {
  std::uint64_t samples;
  CallOutcome outcome;
  hw::LineFaults faults;
  base::ShortText<200> remark;
};

// Page process → line process. A verdict names its page by counting page_end records since the ring began: one
// that comes late, for a page of the call before, must not confirm a page of this one.
enum class MessageKind : std::uint32_t { verdict = 1, may_answer = 2 };
struct PageMessage {
  MessageKind kind;
  std::uint32_t value;  // a t30::Verdict; 1 or 0
  std::uint64_t page = 0;
};

template <typename Record>
std::span<const std::uint8_t> as_bytes(const Record& record) noexcept {
  static_assert(std::is_trivially_copyable_v<Record>);
  return {reinterpret_cast<const std::uint8_t*>(&record), sizeof record};
}

// nullopt when the length is not the struct's.
template <typename Record>
std::optional<Record> from_bytes(std::span<const std::uint8_t> bytes) noexcept {
  static_assert(std::is_trivially_copyable_v<Record>);
  if (bytes.size() != sizeof(Record)) return std::nullopt;
  Record record;
  std::memcpy(&record, bytes.data(), sizeof record);
  return record;
}

}  // namespace faxrx
