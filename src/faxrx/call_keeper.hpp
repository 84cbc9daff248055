// SPDX-License-Identifier: GPL-2.0-or-later
// What a line's records become: a call's folder, its pages on disk with a verdict each, its record, and the
// operator's log. Owned by the page process. Every number in a record is a stranger's and is checked here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hw/line_table.hpp"
#include "src/base/ring.hpp"
#include "src/faxrx/call_folder.hpp"
#include "src/faxrx/ring_records.hpp"

namespace faxrx {

class CallKeeper {
 public:
  CallKeeper(Spool spool, const hw::LineName& line) : spool_(std::move(spool)), line_(line) {}

  // Takes one record. A page's end gives its verdict: when it is not not_stored, the page is on the disk.
  // Throws base::Failure for a record that cannot be, std::system_error when not even a call's folder can be
  // made.
  std::optional<t30::Verdict> take(const base::RingReader::Record& record);
  // The call that was going on, if one was, becomes an incomplete fax.
  void line_process_is_gone();
  [[nodiscard]] bool in_a_call() const noexcept { return call_.has_value(); }

 private:
  void call_begins(const CallBegin& call);
  void news(const News& news);
  void session(const t30::Session& session);
  void page_begins(const t30::PageFormat& format);
  void page_bytes(std::span<const std::uint8_t> bytes);
  t30::Verdict page_ends(const t30::PageEnd& end);
  [[nodiscard]] t30::Verdict store_page(const t30::PageEnd& end);
  void frame(const Frame& frame);
  void call_ends(const CallEnd& end);
  void finish_call();
  [[nodiscard]] std::string who_calls() const;

  Spool spool_;
  const hw::LineName& line_;
  std::optional<CallFolder> call_;
  std::optional<t30::PageFormat> page_;
  std::vector<std::uint8_t> page_bytes_;
  std::int64_t rang_unix_s_ = 0;
  unsigned pages_confirmed_ = 0;
  bool page_too_large_ = false, page_lost_ = false, partial_page_ = false;
  std::uint64_t last_heard_samples_ = 0;  // the line's time in the call
};

}  // namespace faxrx
