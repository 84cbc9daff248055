// SPDX-License-Identifier: GPL-2.0-or-later
// The line process's end of the ring: a receiver's pages and news become records. RT safe throughout.
#pragma once

#include <algorithm>

#include "src/base/ring.hpp"
#include "src/faxrx/ring_records.hpp"

namespace faxrx {

class RingSink final : public t30::PageSink {
 public:
  explicit RingSink(base::RingMemory& memory) noexcept : writer_(memory) {}

  bool begin_page(const t30::PageFormat& format) noexcept override {
    return put(RecordType::page_begin, format);
  }
  std::size_t page_bytes(std::span<const std::uint8_t> bytes) noexcept override;
  bool end_page(const t30::PageEnd& end) noexcept override { return put(RecordType::page_end, end); }
  void cng_heard() noexcept override { news(NewsKind::cng_heard); }
  void session_agreed(const t30::Session& session) noexcept override {
    count_drop(put(RecordType::session, session));
  }
  void frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept override;

  bool call_begins(const CallBegin& call) noexcept { return put(RecordType::call_begin, call); }
  bool call_ends(const CallEnd& end) noexcept { return put(RecordType::call_end, end); }
  void news(NewsKind kind, std::uint32_t value = 0) noexcept {
    count_drop(put(RecordType::news, News{kind, 0, value, now_samples}));
  }
  // Tells what did not fit, once there is room again.
  void report_drops() noexcept;
  // A call begins only when its beginning, its news and some of its page surely fit.
  [[nodiscard]] bool room_for_a_call() const noexcept { return writer_.room() >= 16 * 1024; }
  [[nodiscard]] bool reader_wants_waking() noexcept { return writer_.reader_wants_waking(); }

  std::uint64_t now_samples = 0;  // of the call; kept by the line process

 private:
  template <typename Record>
  bool put(RecordType type, const Record& record) noexcept {
    return writer_.put(static_cast<std::uint16_t>(type), as_bytes(record));
  }
  void count_drop(bool stored) noexcept { dropped_ += stored ? 0 : 1; }

  base::RingWriter writer_;
  std::uint32_t dropped_ = 0;
};

inline std::size_t RingSink::page_bytes(std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::size_t kept_for_news =
      4096;  // page bytes never fill the ring so that nothing can be said any more
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const std::size_t room = writer_.room();
    if (room <= kept_for_news) break;
    const auto chunk = bytes.subspan(taken, std::min(bytes.size() - taken, room - kept_for_news));
    if (!writer_.put(static_cast<std::uint16_t>(RecordType::page_bytes), chunk)) break;
    taken += chunk.size();
  }
  return taken;
}

inline void RingSink::frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept {
  Frame frame{now_samples, said_by_us, 0, {}};
  frame.length = static_cast<std::uint8_t>(std::min(octets.size(), frame.octets.size()));
  std::copy_n(octets.begin(), frame.length, frame.octets.begin());
  count_drop(put(RecordType::frame, frame));
}

inline void RingSink::report_drops() noexcept {
  if (dropped_ == 0) return;
  if (put(RecordType::news, News{NewsKind::dropped, 0, dropped_, now_samples})) dropped_ = 0;
}

}  // namespace faxrx
