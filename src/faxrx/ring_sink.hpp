// SPDX-License-Identifier: GPL-2.0-or-later
// The line process's end of the ring: a receiver's pages and news become records. RT safe throughout.
//
// The ring's room is shared out so that one kind of record cannot leave another without any: audio stops
// first, then page bytes (they wait in the receiver), then news; a page's end and a call's end get the last.
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
  bool page_hole() noexcept override;
  bool end_page(const t30::PageEnd& end) noexcept override;
  void session_agreed(const t30::Session& session) noexcept override {
    session_ = session;
    tell(RecordType::session, session);
  }
  void frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept override;
  void trace(const t30::Trace& trace) noexcept override {
    tell(RecordType::trace, TraceLine{now_samples, trace});
  }

  bool call_begins(const CallBegin& call) noexcept {
    session_ = {};
    return put(RecordType::call_begin, call);
  }
  void not_answered(const NotAnswered& call) noexcept { tell(RecordType::not_answered, call); }
  bool call_ends(const CallEnd& end) noexcept { return put(RecordType::call_end, end); }
  void news(NewsKind kind, std::uint32_t value = 0) noexcept {
    tell(RecordType::news, News{kind, 0, value, now_samples});
  }
  // What has no room is a gap in the recording, which the page process sees by the sample count.
  void audio(const Audio& audio) noexcept {
    if (room_for_audio()) put(RecordType::audio, audio);
  }
  // Tells what did not fit, once there is room again.
  void report_drops() noexcept;
  // A call begins only when its beginning, its news and some of its page surely fit.
  [[nodiscard]] bool room_for_a_call() const noexcept { return writer_.room() >= 16 * 1024; }
  [[nodiscard]] bool room_for_audio() const noexcept { return writer_.room() >= kept_for_pages; }
  [[nodiscard]] bool room_for_an_end() const noexcept { return writer_.room() >= sizeof(CallEnd); }
  // What the call that runs agreed on last; zeros = nothing yet.
  [[nodiscard]] const t30::Session& session() const noexcept { return session_; }
  // How many page ends went into this ring; a verdict names its page by this.
  [[nodiscard]] std::uint64_t pages_ended() const noexcept { return pages_ended_; }
  // The page process sleeps on while only a page's bytes come, a few: waking it costs more than reading them.
  [[nodiscard]] bool reader_wants_waking() noexcept {
    const bool worth_it = urgent_ || writer_.unread() >= worth_waking;
    const bool wants = worth_it && writer_.reader_wants_waking();
    urgent_ = urgent_ && !wants && writer_.unread() > 0;
    return wants;
  }

  std::uint64_t now_samples = 0;  // of the call; kept by the line process

 private:
  static constexpr std::size_t kept_for_pages = base::largest_record;  // 18 s of V.17 at 14400 bit/s
  static constexpr std::size_t kept_for_news = 8 * 1024;
  static constexpr std::size_t kept_for_ends = 1024;
  static constexpr std::size_t worth_waking = 8 * 1024;  // 4.5 s of V.17 at 14400 bit/s

  template <typename Record>
  bool put(RecordType type, const Record& record) noexcept {
    urgent_ = urgent_ || type != RecordType::audio;
    return writer_.put(static_cast<std::uint16_t>(type), as_bytes(record));
  }
  template <typename Record>
  void tell(RecordType type, const Record& record) noexcept {
    if (writer_.room() < sizeof record + kept_for_ends || !put(type, record)) ++dropped_;
  }

  base::RingWriter writer_;
  t30::Session session_{};
  std::uint64_t pages_ended_ = 0;
  std::uint32_t dropped_ = 0;
  bool urgent_ = false;  // more than page bytes and audio was put since the last wake-up
};

inline std::size_t RingSink::page_bytes(std::span<const std::uint8_t> bytes) noexcept {
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

inline bool RingSink::page_hole() noexcept {
  return writer_.room() > kept_for_news && writer_.put(static_cast<std::uint16_t>(RecordType::page_hole), {});
}

inline bool RingSink::end_page(const t30::PageEnd& end) noexcept {
  if (!put(RecordType::page_end, end)) return false;
  ++pages_ended_;
  return true;
}

inline void RingSink::frame(bool said_by_us, std::span<const std::uint8_t> octets) noexcept {
  Frame frame{now_samples, said_by_us, 0, {}};
  frame.length = static_cast<std::uint8_t>(std::min(octets.size(), frame.octets.size()));
  std::copy_n(octets.begin(), frame.length, frame.octets.begin());
  tell(RecordType::frame, frame);
}

inline void RingSink::report_drops() noexcept {
  if (dropped_ == 0 || writer_.room() < kept_for_news) return;
  if (put(RecordType::news, News{NewsKind::dropped, 0, dropped_, now_samples})) dropped_ = 0;
}

}  // namespace faxrx
