// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/call_keeper.hpp"

#include <ctime>
#include <numeric>
#include <utility>

#include "src/base/errors.hpp"
#include "src/base/log.hpp"
#include "src/base/remote_text.hpp"
#include "src/page/t6.hpp"
#include "src/t30/frame_names.hpp"

namespace faxrx {
namespace {

constexpr std::size_t largest_page_bytes = 64U << 20U;

// "3 pages in 163.0 s, complete, V.17 14400 bit/s ECM MMR, station "+49 30 1234", completed: the caller sent …"
std::string summary_of(const handoff::FaxRecord& record) {
  const unsigned bad_rows =
      std::accumulate(record.pages.begin(), record.pages.end(), 0U,
                      [](unsigned sum, const auto& page) { return sum + page.bad_rows; });
  std::string text =
      fmt::format("{} page{} in {:.1f} s, {}", record.pages.size(), record.pages.size() == 1 ? "" : "s",
                  record.duration_s, record.complete ? "complete" : "NOT COMPLETE");
  if (bad_rows > 0) text += fmt::format(", {} bad rows", bad_rows);
  if (!record.modem.empty())
    text += fmt::format(", {} {} bit/s {} {}, station \"{}\"", record.modem, record.rate_bps,
                        record.ecm ? "ECM" : "no ECM", record.coding, record.station_id);
  return text + fmt::format(", {}: {}", record.outcome, record.sentence);
}

}  // namespace

std::optional<t30::Verdict> CallKeeper::take(const base::RingReader::Record& record) {
  const auto read = [&record](auto example) {
    const auto value = from_bytes<decltype(example)>(record.payload);
    if (!value) throw base::Failure("the ring holds a record of type {} with a wrong length", record.type);
    return *value;
  };
  switch (static_cast<RecordType>(record.type)) {
    case RecordType::call_begin:
      call_begins(read(CallBegin{}));
      return std::nullopt;
    case RecordType::news:
      news(read(News{}));
      return std::nullopt;
    case RecordType::session:
      session(read(t30::Session{}));
      return std::nullopt;
    case RecordType::page_begin:
      page_begins(read(t30::PageFormat{}));
      return std::nullopt;
    case RecordType::page_bytes:
      page_bytes(record.payload);
      return std::nullopt;
    case RecordType::page_end:
      return page_ends(read(t30::PageEnd{}));
    case RecordType::frame:
      frame(read(Frame{}));
      return std::nullopt;
    case RecordType::call_end:
      call_ends(read(CallEnd{}));
      return std::nullopt;
  }
  throw base::Failure("the ring holds a record of the unknown type {}", record.type);
}

std::string CallKeeper::who_calls() const {
  const handoff::FaxRecord& record = call_->record;
  std::string who = record.caller_number.empty() ? "an unknown number" : record.caller_number;
  if (!record.caller_name.empty()) who += fmt::format(" ({})", record.caller_name);
  return who;
}

void CallKeeper::call_begins(const CallBegin& call) {
  if (call_) finish_call();
  handoff::FaxRecord record;
  record.id = base::CallId::random();
  record.line = line_.text;
  record.channel = line_.number;
  record.called = base::printable(call.called.view(), 32);
  record.caller_number = base::printable(call.caller_number.view(), 32);
  record.caller_name = base::printable(call.caller_name.view(), 64);
  record.started_unix_s = rang_unix_s_ != 0 ? std::exchange(rang_unix_s_, 0) : std::time(nullptr);
  // Until the call's end says better:
  record.outcome = code_of(CallOutcome::broken);
  record.sentence = sentence_of(CallOutcome::broken);
  page_lost_ = partial_page_ = false;
  pages_confirmed_ = 0;
  call_.emplace(spool_, std::move(record));
  base::log::info("{} calls {}", who_calls(),
                  call_->record.called.empty() ? "this line" : call_->record.called);
}

void CallKeeper::news(const News& news) {
  const double seconds = static_cast<double>(news.samples) / hw::samples_per_second;
  switch (news.kind) {
    case NewsKind::ringing:
      rang_unix_s_ = std::time(nullptr);
      return base::log::info("ringing");
    case NewsKind::answered:
      return base::log::info("answered after {:.1f} s, sending CED", seconds);
    case NewsKind::cng_heard:
      return base::log::info("CNG heard at {:.1f} s: a fax machine calls", seconds);
    case NewsKind::caller_gave_up:
      return base::log::info("a caller gave up after {} rings", news.value);
    case NewsKind::line_trouble:
      return base::log::warning("the line cannot be used (unplugged, or its span is down)");
    case NewsKind::line_good:
      return base::log::info("the line is usable again");
    case NewsKind::dropped:
      return base::log::warning("{} messages of the line process did not fit", news.value);
  }
}

void CallKeeper::session(const t30::Session& session) {
  if (!call_) return;
  handoff::FaxRecord& record = call_->record;
  record.modem = name_of(session.modem);
  record.rate_bps = session.rate_bps;
  record.ecm = session.ecm != 0;
  record.coding = name_of(session.coding);
  record.station_id = base::printable(session.station_id.view(), 20);
  record.sub_address = base::printable(session.sub_address.view(), 20);
  base::log::info("{} at {} bit/s, {}, {}, {} × {} dpi, from station \"{}\"", record.modem, record.rate_bps,
                  record.ecm ? "ECM" : "no ECM", record.coding, session.x_dpi, session.y_dpi,
                  record.station_id);
}

void CallKeeper::page_begins(const t30::PageFormat& format) {
  page_ = format;
  page_bytes_.clear();
  page_too_large_ = false;
}

void CallKeeper::page_bytes(std::span<const std::uint8_t> bytes) {
  if (page_bytes_.size() + bytes.size() > largest_page_bytes) page_too_large_ = true;
  if (!page_too_large_) page_bytes_.insert(page_bytes_.end(), bytes.begin(), bytes.end());
}

t30::Verdict CallKeeper::page_ends(const t30::PageEnd& end) {
  t30::Verdict verdict = t30::Verdict::not_stored;
  try {
    verdict = store_page(end);
  } catch (const std::exception& error) {
    base::log::error("A PAGE IS LOST: {}", error.what());
    page_lost_ = true;
  }
  page_.reset();
  return verdict;
}

t30::Verdict CallKeeper::store_page(const t30::PageEnd& end) {
  if (!call_ || !page_) throw base::Failure("a page came outside a call");
  if (page_too_large_) throw base::Failure("the page has more than {} bytes", largest_page_bytes);
  page::DecodedPage decoded = page::decode_t6(page_->width_pels, page_bytes_, end.rows);
  const bool complete = end.complete != 0 && !decoded.damaged;
  page::PageImage image{page_->width_pels, page_->x_dpi, page_->y_dpi,       std::move(decoded.rows),
                        decoded.row_count, end.bad_rows, end.longest_bad_run};
  const t30::Verdict verdict = decoded.damaged ? t30::Verdict::bad : end.seen;
  call_->add_page(image, {0, image.width_pels, image.row_count, static_cast<double>(image.x_dpi),
                          static_cast<double>(image.y_dpi), image.bad_rows, image.longest_bad_run, complete,
                          name_of(verdict)});
  base::log::info("page {}: {} rows of {} pels at {} × {} dpi, {} bad, {}{}; on disk",
                  call_->record.pages.size(), image.row_count, image.width_pels, image.x_dpi, image.y_dpi,
                  image.bad_rows, name_of(verdict), complete ? "" : ", CUT OFF");
  return verdict;
}

void CallKeeper::frame(const Frame& frame) {
  if (frame.length == 0 || frame.length > frame.octets.size()) return;
  last_heard_samples_ = frame.samples;
  const char* name = t30::frame_name(frame.octets[0]);
  const std::string shown = name != nullptr ? name : fmt::format("frame 0x{:02X}", frame.octets[0]);
  base::log::debug("{:8.3f} s {} {} {:02x}", static_cast<double>(frame.samples) / hw::samples_per_second,
                   frame.said_by_us != 0 ? "->" : "<-", shown,
                   fmt::join(std::span(frame.octets).first(frame.length).subspan(1), " "));
  // An MCF to PPS-NULL confirms a block of a page only (T.30, annex A).
  if (shown == "PPS") partial_page_ = frame.length > 1 && frame.octets[1] == 0;
  if (frame.said_by_us != 0 && call_ && !partial_page_ &&
      (shown == "MCF" || shown == "RTP" || shown == "RTN"))
    base::log::info("page {} answered with {}", ++pages_confirmed_, shown);
}

void CallKeeper::call_ends(const CallEnd& end) {
  if (!call_) return;
  handoff::FaxRecord& record = call_->record;
  const CallOutcome outcome = page_lost_ ? CallOutcome::not_stored : end.outcome;
  record.duration_s = static_cast<double>(end.samples) / hw::samples_per_second;
  record.outcome = code_of(outcome);
  record.sentence = sentence_of(outcome);
  record.complete = outcome == CallOutcome::completed && !record.pages.empty();
  if (!end.remark.empty()) base::log::info("{}", base::printable(end.remark.view(), 200));
  finish_call();
}

void CallKeeper::finish_call() {
  handoff::FaxRecord record = call_->record;
  const std::string who = who_calls();
  try {
    call_->finish();
  } catch (const std::exception& error) {
    base::log::error(
        "call {} cannot be made a fax now ({}); its pages stay in {} and are tried again at the next start",
        record.id.text(), error.what(), spool_.incoming.string());
  }
  call_.reset();
  const auto level = record.complete ? base::log::Level::info : base::log::Level::warning;
  base::log::write(
      level,
      fmt::format("call {} from {} to {} over: {}", record.id.text(), who, record.called, summary_of(record)),
      {{"CALL", record.id.text()},
       {"CALLED", record.called},
       {"CALLER", record.caller_number},
       {"PAGES", std::to_string(record.pages.size())},
       {"OUTCOME", record.outcome}});
}

void CallKeeper::line_process_is_gone() {
  if (!call_) return;
  base::log::warning("the line process is gone in the middle of a call");
  call_->record.duration_s = static_cast<double>(last_heard_samples_) / hw::samples_per_second;
  call_->record.outcome = code_of(CallOutcome::broken);
  call_->record.sentence = sentence_of(CallOutcome::broken);
  finish_call();
}

}  // namespace faxrx
