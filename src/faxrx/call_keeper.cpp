// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/call_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/faxrx/call_words.hpp"
#include "src/t30/frame_names.hpp"

namespace faxrx {
namespace {

constexpr std::chrono::milliseconds between_tries{500};

// A recording stops before calls are refused for want of room.
constexpr std::uint64_t room_beside_recordings_mb = 64;

double seconds(std::uint64_t samples) noexcept {
  return static_cast<double>(samples) / hw::samples_per_second;
}

template <typename Record>
Record read(const base::RingReader::Record& record) {
  const auto value = from_bytes<Record>(record.payload);
  if (!value) throw base::Failure("the ring holds a record of type {} with a wrong length", record.type);
  return *value;
}

}  // namespace

std::optional<t30::Verdict> CallKeeper::take(const base::RingReader::Record& record) {
  const auto type = static_cast<RecordType>(record.type);
  // Its caller waits no longer.
  std::optional<t30::Verdict> of_waiting;
  if (type == RecordType::page_begin || type == RecordType::call_begin || type == RecordType::call_end)
    of_waiting = try_again(true);
  switch (type) {
    case RecordType::call_begin:
      return call_begins(read<CallBegin>(record)), of_waiting;
    case RecordType::news:
      return news(read<News>(record)), std::nullopt;
    case RecordType::session:
      return session(read<t30::Session>(record)), std::nullopt;
    case RecordType::page_begin:
      return page_begins(read<t30::PageFormat>(record)), of_waiting;
    case RecordType::page_bytes:
      if (page_) page_->bytes(record.payload);
      return std::nullopt;
    case RecordType::page_hole:
      if (page_) page_->hole();
      return std::nullopt;
    case RecordType::page_end:
      return page_ends(read<t30::PageEnd>(record));
    case RecordType::frame:
      return frame(read<Frame>(record)), std::nullopt;
    case RecordType::trace:
      return trace(read<TraceLine>(record)), std::nullopt;
    case RecordType::audio:
      if (call_ && call_->recording) call_->recording->add(read<Audio>(record));
      return std::nullopt;
    case RecordType::call_end:
      return call_ends(read<CallEnd>(record)), of_waiting;
    case RecordType::not_answered:
      return not_answered(read<NotAnswered>(record)), std::nullopt;
  }
  throw base::Failure("the ring holds a record of the unknown type {}", record.type);
}

namespace {

void take_identity(const hw::CallIdentity& identity, handoff::FaxRecord& record) {
  record.called = base::printable(identity.called.view(), 32);
  record.caller_number = base::printable(identity.caller_number.view(), 32);
  record.caller_name = base::printable(identity.caller_name.view(), 64);
  record.caller_told_at = base::printable(identity.told_at.view(), 8);
  record.number_screening = word_of(identity.screening);
  record.redirecting_number = base::printable(identity.redirecting.view(), 32);
  record.redirecting_reason = word_of(identity.redirection);
  if (identity.withheld == hw::Withheld::by_caller) record.number_withheld = "by_caller";
  if (identity.withheld == hw::Withheld::unavailable) record.number_withheld = "unavailable";
}

}  // namespace

double CallKeeper::since_answer_s(std::uint64_t samples) const noexcept {
  return seconds(samples - std::min(samples, call_->answered_at));
}

void CallKeeper::call_begins(const CallBegin& begin) {
  if (call_) finish_call(CallOutcome::broken);
  handoff::FaxRecord record;
  record.id = base::CallId::random();
  record.line = line_.name.text;
  record.channel = line_.name.number;
  take_identity(begin.identity, record);
  record.rings = begin.rings;
  record.ring_ms = begin.ring_ms;
  record.started_unix_s = rang_unix_s_ != 0 ? std::exchange(rang_unix_s_, 0) : std::time(nullptr);
  // Until the call's end says better:
  record.outcome = code_of(CallOutcome::broken);
  record.sentence = sentence_of(CallOutcome::broken);
  page_.reset();
  last_samples_ = begin.samples;
  call_.emplace(spool_, std::move(record), begin);
  base::log::info("{} calls {}", who_calls(call_->folder.record),
                  call_->folder.record.called.empty() ? "this line" : call_->folder.record.called);
  begin_trace_and_recording();
}

void CallKeeper::begin_trace_and_recording() {
  const handoff::FaxRecord& record = call_->folder.record;
  if (settings_.traces_keep_days > 0) call_->trace = TraceFile(spool_.trace, record.id);
  call_->trace.add(trace_of_call(record));
  if (settings_.recordings == "off") return;
  const std::uint64_t least_free = (settings_.least_free_mb + room_beside_recordings_mb) << 20U;
  call_->recording.emplace(spool_.recordings, record.id, least_free);
}

void CallKeeper::news(const News& news) {
  switch (news.kind) {
    case NewsKind::ringing:
      rang_unix_s_ = std::time(nullptr);
      return base::log::info("ringing");
    case NewsKind::listening:
      return base::log::info("answered after {:.1f} s, listening for CNG", seconds(news.samples));
    case NewsKind::answered:
      return base::log::info("answered after {:.1f} s, sending CED", seconds(news.samples));
    case NewsKind::cng_heard:
      return base::log::info("CNG is heard: a fax machine calls");
    case NewsKind::blocked:
      return base::log::info("{}", news.value != 0 ? "blocked by the operator: no call is answered"
                                                   : "no longer blocked by the operator");
    case NewsKind::line_trouble:
      return base::log::warning("the line cannot be used (unplugged, or its span is down)");
    case NewsKind::line_good:
      return base::log::info("the line is usable again");
    case NewsKind::dropped:
      return base::log::warning("{} messages of the line process did not fit", news.value);
  }
}

void CallKeeper::not_answered(const NotAnswered& call) {
  handoff::FaxRecord record;
  take_identity(call.identity, record);
  const std::string rings = fmt::format("{} ring{}", call.rings, call.rings == 1 ? "" : "s");
  const std::string who = who_calls(record);
  rang_unix_s_ = 0;
  switch (call.why) {
    case WhyNot::refused:
      return base::log::info("{} rang and was not answered ({}): it is to be refused", who, rings);
    case WhyNot::never:
      return base::log::info("{} rang ({}); this line answers nobody", who, rings);
    case WhyNot::gave_up:
      break;
  }
  base::log::info("{} gave up after {}", who, rings);
}

void CallKeeper::session(const t30::Session& session) {
  if (!call_) return;
  handoff::FaxRecord& record = call_->folder.record;
  record.modem = t30::name_of(session.modem);
  record.rate_bps = session.rate_bps;
  record.ecm = session.ecm != 0;
  record.coding = t30::name_of(session.coding);
  record.station_id = base::printable(session.station_id.view(), 20);
  record.sub_address = base::printable(session.sub_address.view(), 20);
  call_->trace.add(trace_of_session(since_answer_s(last_samples_), session));
  base::log::info("{} at {} bit/s, {}, {}, {} × {} dpi, from station \"{}\"", record.modem, record.rate_bps,
                  record.ecm ? "ECM" : "no ECM", record.coding, session.x_dpi, session.y_dpi,
                  record.station_id);
}

void CallKeeper::page_begins(const t30::PageFormat& format) {
  page_.reset();  // first: if this format cannot be, its bytes are not the last page's
  page_.emplace(format);
}

std::optional<t30::Verdict> CallKeeper::page_ends(const t30::PageEnd& end) {
  std::optional<ArrivedPage> page;
  const auto begun = Clock::now();
  try {
    if (!call_ || !page_) throw base::Failure("a page came outside a call");
    page = page_->arrived(end, rules_);
    page_.reset();
    return store_page(*page, begun);
  } catch (const std::exception& error) {
    page_.reset();
    const bool caller_can_wait = page && end.complete != 0 && page->ecm && settings_.store_retry_s > 0;
    if (!caller_can_wait) return page_is_lost(error.what());
    base::log::warning("a page cannot be stored now, its caller is asked to wait for {} s at most: {}",
                       settings_.store_retry_s, error.what());
    waiting_.emplace(WaitingPage{std::move(*page), begun + std::chrono::seconds(settings_.store_retry_s),
                                 begun + between_tries});
    return std::nullopt;
  }
}

t30::Verdict CallKeeper::store_page(const ArrivedPage& page, Clock::time_point begun) {
  const Stored stored = call_->pages.store(page);
  const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
  page_is_stored(page, stored, took.count());
  call_->page_unanswered = true;
  return page.verdict;
}

t30::Verdict CallKeeper::page_is_lost(const char* why) {
  base::log::error("A PAGE IS LOST, and its caller is not told that it arrived: {}", why);
  if (!call_) return t30::Verdict::not_stored;
  call_->trace.add(trace_of_lost_page(since_answer_s(last_samples_), why));
  call_->page_lost = true;
  call_->page_unanswered = false;
  return t30::Verdict::not_stored;
}

std::optional<t30::Verdict> CallKeeper::try_again(bool for_the_last_time) {
  if (!waiting_ || !call_) return std::nullopt;
  const bool last = for_the_last_time || Clock::now() >= waiting_->deadline;
  if (!last && Clock::now() < waiting_->next_try) return std::nullopt;
  WaitingPage waiting = *std::exchange(waiting_, std::nullopt);
  try {
    return store_page(waiting.page, Clock::now());
  } catch (const std::exception& error) {
    if (last) return page_is_lost(error.what());
  }
  waiting.next_try = Clock::now() + between_tries;
  waiting_ = std::move(waiting);
  return std::nullopt;
}

void CallKeeper::page_is_stored(const ArrivedPage& page, Stored stored, double took_ms) {
  const auto number = static_cast<unsigned>(call_->folder.record.pages.size());
  call_->trace.add(trace_of_page(since_answer_s(last_samples_), {record_of(page.image, number), page.verdict,
                                                                 stored, page.octets, took_ms}));
  if (stored == Stored::nothing) return base::log::warning("a page came without a single row");
  if (stored == Stored::not_needed)
    return base::log::info("page {} came again, no better: {} rows, {} bad; the first one stays", number,
                           page.image.row_count, page.image.bad_rows);
  base::log::info("page {}{}: {} rows of {} pels at {} × {} dpi, {} bad, {}{}{}; on disk", number,
                  stored == Stored::in_place_of_the_last ? " came again" : "", page.image.row_count,
                  page.image.width_pels, page.image.x_dpi, page.image.y_dpi, page.image.bad_rows,
                  t30::name_of(page.verdict), page.image.complete ? "" : ", CUT OFF",
                  page.image.damaged ? ", PARTS ARE MISSING" : "");
}

void CallKeeper::frame(const Frame& frame) {
  if (frame.length == 0 || frame.length > frame.octets.size()) return;
  last_samples_ = frame.samples;
  const char* name = t30::frame_name(frame.octets[0]);
  const std::string shown = name != nullptr ? name : fmt::format("frame 0x{:02X}", frame.octets[0]);
  base::log::debug("{:8.3f} s {} {} {}", seconds(frame.samples), frame.said_by_us != 0 ? "->" : "<-", shown,
                   hex_of(frame));
  if (!call_) return;
  call_->trace.add(trace_of_frame(since_answer_s(frame.samples), frame));
  if (frame.said_by_us != 0) we_said(shown);
}

// The first answer after a page's verdict is that page's; MCF to a block of ECM has no page before it.
void CallKeeper::we_said(std::string_view name) {
  if (!call_->page_unanswered || (name != "MCF" && name != "RTP" && name != "RTN" && name != "ERR")) return;
  call_->page_unanswered = false;
  if (name == "RTN") call_->pages.answered_rtn();
  base::log::info("page {} answered with {}", call_->folder.record.pages.size(), name);
}

void CallKeeper::trace(const TraceLine& line) {
  last_samples_ = line.samples;
  if (line.trace.kind == t30::TraceKind::cng_heard)
    base::log::info("CNG heard at {:.1f} s: a fax machine calls", seconds(line.samples));
  if (call_) call_->trace.add(trace_of(since_answer_s(line.samples), line.trace));
}

void CallKeeper::call_ends(const CallEnd& end) {
  if (!call_) return;
  last_samples_ = end.samples;
  call_->folder.record.line_faults = {end.faults.read_overruns, end.faults.write_underruns,
                                      end.faults.timing_slips, end.faults.irq_misses};
  if (!end.remark.empty()) base::log::info("{}", base::printable(end.remark.view(), 200));
  finish_call(call_->page_lost ? CallOutcome::not_stored : end.outcome);
}

void CallKeeper::finish_call(CallOutcome outcome) {
  page_.reset();
  handoff::FaxRecord& record = call_->folder.record;
  record.duration_s = seconds(last_samples_);
  record.outcome = code_of(outcome);
  record.sentence = sentence_of(outcome);
  if (const std::string faults = words_of(record.line_faults);
      !faults.empty() && outcome != CallOutcome::completed)
    record.sentence += "; " + faults;
  record.complete = outcome == CallOutcome::completed && !record.pages.empty();
  call_->trace.add(trace_of_end(since_answer_s(last_samples_), record));
  if (call_->recording) call_->recording->close(settings_.recordings == "all" || !record.complete);
  log_call(record);
  try {
    call_->folder.finish();
  } catch (const std::exception& error) {
    base::log::error(
        "call {} cannot be made a fax now ({}); its pages stay in {} and are tried again when there is room, "
        "and "
        "at the next start",
        record.id.text(), error.what(), spool_.incoming.string());
    unfinished_.push_back(std::move(call_->folder));
  }
  call_.reset();
}

void CallKeeper::finish_unfinished() {
  std::erase_if(unfinished_, [](CallFolder& folder) {
    try {
      folder.finish();
    } catch (const std::exception&) {
      return false;
    }
    base::log::info("call {} has become a fax after all", folder.record.id.text());
    return true;
  });
}

void CallKeeper::log_call(const handoff::FaxRecord& record) const {
  const auto level = record.complete ? base::log::Level::info : base::log::Level::warning;
  base::log::write(level,
                   fmt::format("call {} from {} to {} over: {}", record.id.text(), who_calls(record),
                               record.called, summary_of(record)),
                   {{"CALL", record.id.text()},
                    {"CALLED", record.called},
                    {"CALLER", record.caller_number},
                    {"PAGES", std::to_string(record.pages.size())},
                    {"OUTCOME", record.outcome}});
}

void CallKeeper::line_process_is_gone() {
  if (!call_) return;
  base::log::warning("the line process is gone in the middle of a call");
  try_again(true);
  finish_call(CallOutcome::broken);
}

}  // namespace faxrx
