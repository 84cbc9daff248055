// SPDX-License-Identifier: GPL-2.0-or-later
// What a line's records become: a call's folder, its pages on disk with a verdict each, its record, its trace,
// its recording, and the operator's log. Owned by the page process. Every number in a record is a stranger's
// and is checked before it is used.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/ring.hpp"
#include "src/faxrx/call_pages.hpp"
#include "src/faxrx/recording_file.hpp"
#include "src/faxrx/settings.hpp"
#include "src/faxrx/trace_file.hpp"

namespace faxrx {

class CallKeeper {
 public:
  CallKeeper(const Settings& settings, const ServedLine& line)
      : settings_(settings), line_(line), spool_(settings.spool), rules_(quality_rules(line.settings)) {}

  // Takes one record. A page's end gives its verdict: when that is good, poor or bad, the page is on the disk.
  // Throws base::Failure for a record that cannot be, std::system_error when not even a call's folder can be
  // made.
  std::optional<t30::Verdict> take(const base::RingReader::Record& record);
  // With error correction a caller can be asked to wait (RNR): a page that could not be stored is tried again, for
  // store_retry_s. To be called every second or so while a page waits; gives its verdict when there is one.
  std::optional<t30::Verdict> try_again(bool for_the_last_time = false);
  [[nodiscard]] bool page_waits() const noexcept { return waiting_.has_value(); }
  // The call that was going on, if one was, becomes an incomplete fax.
  void line_process_is_gone();
  // Calls that could not be made a fax at their end, for want of room perhaps, are tried again. Quiet if in vain.
  void finish_unfinished();
  [[nodiscard]] bool in_a_call() const noexcept { return call_.has_value(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct WaitingPage {
    ArrivedPage page;
    Clock::time_point deadline, next_try;
  };
  // A call that goes on. `folder` never moves: `pages` refers to it.
  struct Call {
    Call(const Spool& spool, handoff::FaxRecord record, const CallBegin& begin)
        : folder(spool, std::move(record)), pages(folder), answered_at(begin.samples) {}
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

    CallFolder folder;
    CallPages pages;
    TraceFile trace;
    std::optional<RecordingFile> recording;
    std::uint64_t answered_at;  // the line's time
    bool page_lost = false;
    bool page_unanswered = false;  // a page has its verdict and no answer was said yet
  };

  void call_begins(const CallBegin& begin);
  void not_answered(const NotAnswered& call);
  void begin_trace_and_recording();
  void news(const News& news);
  void session(const t30::Session& session);
  void page_begins(const t30::PageFormat& format);
  std::optional<t30::Verdict> page_ends(const t30::PageEnd& end);
  t30::Verdict store_page(const ArrivedPage& page, Clock::time_point begun);
  t30::Verdict page_is_lost(const char* why);
  void page_is_stored(const ArrivedPage& page, Stored stored, double took_ms);
  void frame(const Frame& frame);
  void we_said(std::string_view name);
  void trace(const TraceLine& line);
  void call_ends(const CallEnd& end);
  void finish_call(CallOutcome outcome);
  void log_call(const handoff::FaxRecord& record) const;
  [[nodiscard]] double since_answer_s(std::uint64_t samples) const noexcept;

  const Settings& settings_;
  const ServedLine& line_;
  Spool spool_;
  page::QualityRules rules_;
  std::optional<Call> call_;
  std::optional<ArrivingPage> page_;
  std::optional<WaitingPage> waiting_;
  std::vector<CallFolder> unfinished_;
  std::int64_t rang_unix_s_ = 0;
  std::uint64_t last_samples_ = 0;  // the line's time, as last heard of
};

}  // namespace faxrx
