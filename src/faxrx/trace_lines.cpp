// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/faxrx/trace_lines.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

#include "src/base/remote_text.hpp"
#include "src/t30/frame_names.hpp"
#include "src/t30/frame_words.hpp"
#include "src/t30/frames.hpp"
#include "src/t30/states.hpp"

namespace faxrx {
namespace {

constexpr std::size_t longest_words = 1000;

enum class Unit : std::uint8_t { none, plain, level, modem, verdict, state };
struct Value {
  const char* name;
  Unit unit;
};
struct Kind {
  t30::TraceKind kind;
  const char* name;
  std::array<Value, 3> values;
};
constexpr Value no_value = {"", Unit::none};
constexpr Value modem_value = {"modem", Unit::modem};
constexpr Value bps_value = {"bps", Unit::plain};
constexpr Value level_value = {"dbm0", Unit::level};

// t30::TraceKind says what the three numbers are.
constexpr std::array<Kind, 19> kinds = {{
    {t30::TraceKind::cng_heard, "cng_heard", {no_value, no_value, no_value}},
    {t30::TraceKind::ced_begins, "ced_begins", {no_value, no_value, no_value}},
    {t30::TraceKind::noise_floor, "noise_floor", {level_value, no_value, no_value}},
    {t30::TraceKind::training, "training", {modem_value, bps_value, no_value}},
    {t30::TraceKind::trained, "trained", {modem_value, bps_value, no_value}},
    {t30::TraceKind::training_failed, "training_failed", {modem_value, bps_value, no_value}},
    {t30::TraceKind::carrier_lost, "carrier_lost", {level_value, no_value, no_value}},
    {t30::TraceKind::tcf,
     "tcf",
     {Value{"octets", Unit::plain}, Value{"zeros_ms", Unit::plain}, Value{"wrong_permille", Unit::plain}}},
    {t30::TraceKind::tcf_snr, "tcf_snr", {Value{"db", Unit::level}, no_value, no_value}},
    {t30::TraceKind::bad_frame, "bad_frame", {no_value, no_value, no_value}},
    {t30::TraceKind::page_begins,
     "page_begins",
     {Value{"width_pels", Unit::plain}, Value{"y_dpi", Unit::plain}, no_value}},
    {t30::TraceKind::page_sent, "page_sent", {Value{"octets", Unit::plain}, no_value, no_value}},
    {t30::TraceKind::block, "block", {Value{"frames", Unit::plain}, Value{"missing", Unit::plain}, no_value}},
    {t30::TraceKind::verdict,
     "verdict",
     {Value{"verdict", Unit::verdict}, Value{"waited_ms", Unit::plain}, no_value}},
    {t30::TraceKind::answer_held, "answer_held", {Value{"ms", Unit::plain}, no_value, no_value}},
    {t30::TraceKind::timer, "timer", {Value{"state", Unit::state}, no_value, no_value}},
    {t30::TraceKind::state, "state", {Value{"state", Unit::state}, no_value, no_value}},
    {t30::TraceKind::ring_full, "ring_full", {no_value, no_value, no_value}},
    {t30::TraceKind::note, "note", {Value{"note", Unit::plain}, no_value, no_value}},
}};

const Kind* kind_of(t30::TraceKind kind) noexcept {
  for (const Kind& one : kinds)
    if (one.kind == kind) return &one;
  return nullptr;
}

double rounded(double value, double steps) {
  return std::round(value * steps) / steps;
}

TraceJson line(double t, const char* event) {
  return {{"t", rounded(t, 1000)}, {"event", event}};
}

std::string state_name(std::int32_t number) {
  if (number < 0 || number >= static_cast<std::int32_t>(t30::State::any)) return std::to_string(number);
  return t30::name_of(static_cast<t30::State>(number));
}

void put(TraceJson& json, const Value& value, std::int32_t number) {
  const auto octet = static_cast<std::uint8_t>(number);
  if (value.unit == Unit::plain) json[value.name] = number;
  if (value.unit == Unit::level) json[value.name] = rounded(number / 10.0, 10);
  if (value.unit == Unit::state) json[value.name] = state_name(number);
  if (value.unit == Unit::modem) json[value.name] = t30::name_of(static_cast<t30::Modem>(octet));
  if (value.unit == Unit::verdict) json[value.name] = t30::name_of(static_cast<t30::Verdict>(octet));
}

const char* word_for(Stored stored) noexcept {
  constexpr std::array words = {"added", "in place of the last", "the last one stays", "nothing"};
  return words[static_cast<std::size_t>(stored) % words.size()];
}

}  // namespace

TraceJson trace_of_call(const handoff::FaxRecord& record) {
  return {{"event", "call"},
          {"version", 1},
          {"id", record.id.text()},
          {"program", "dahdi-faxrx " PROJECT_VERSION},
          {"time", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time_t{record.started_unix_s}))},
          {"line", record.line},
          {"called", record.called},
          {"caller_number", record.caller_number},
          {"caller_name", record.caller_name}};
}

std::string hex_of(const Frame& frame) {
  const std::size_t length = std::min<std::size_t>(frame.length, frame.octets.size());
  if (length < 2) return "";
  if (t30::has_password(frame.octets[0])) return fmt::format("{} octets", length - 1);
  return fmt::format("{:02x}", fmt::join(std::span(frame.octets).first(length).subspan(1), " "));
}

TraceJson trace_of_frame(double t, const Frame& frame) {
  TraceJson json = line(t, "frame");
  const auto octets = std::span(frame.octets).first(std::min<std::size_t>(frame.length, frame.octets.size()));
  const char* name = octets.empty() ? nullptr : t30::frame_name(octets[0]);
  json["dir"] = frame.said_by_us != 0 ? "said" : "heard";
  json["name"] = name != nullptr ? name : "unknown";
  if (!octets.empty()) json["field"] = fmt::format("{:02x}", octets[0]);
  json["hex"] = hex_of(frame);
  const std::string words = base::printable(t30::frame_words(octets), longest_words);
  if (!words.empty()) json["words"] = words;
  return json;
}

TraceJson trace_of_session(double t, const t30::Session& session) {
  TraceJson json = line(t, "session");
  json["modem"] = t30::name_of(session.modem);
  json["bps"] = session.rate_bps;
  json["ecm"] = session.ecm != 0;
  json["coding"] = t30::name_of(session.coding);
  json["width_pels"] = session.width_pels;
  json["x_dpi"] = session.x_dpi;
  json["y_dpi"] = session.y_dpi;
  json["station_id"] = base::printable(session.station_id.view(), 20);
  json["sub_address"] = base::printable(session.sub_address.view(), 20);
  json["vendor"] = base::printable(session.vendor.view(), 40);
  return json;
}

TraceJson trace_of(double t, const t30::Trace& trace) {
  const Kind* kind = kind_of(trace.kind);
  if (kind == nullptr) return line(t, "unknown");
  TraceJson json = line(t, kind->name);
  put(json, kind->values[0], trace.first);
  put(json, kind->values[1], trace.second);
  put(json, kind->values[2], trace.third);
  return json;
}

TraceJson trace_of_page(double t, const PageNews& news) {
  TraceJson json = line(t, "page");
  json["number"] = news.page.number;
  json["verdict"] = t30::name_of(news.verdict);
  json["stored"] = word_for(news.stored);
  json["octets"] = news.octets;
  json["width_pels"] = news.page.width_pels;
  json["rows"] = news.page.rows;
  json["bad_rows"] = news.page.bad_rows;
  json["longest_bad_run"] = news.page.longest_bad_run;
  json["complete"] = news.page.complete;
  json["damaged"] = news.page.damaged;
  json["took_ms"] = rounded(news.took_ms, 10);
  return json;
}

TraceJson trace_of_lost_page(double t, const std::string& why) {
  TraceJson json = line(t, "page");
  json["verdict"] = t30::name_of(t30::Verdict::not_stored);
  json["why"] = base::printable(why, longest_words);
  return json;
}

TraceJson trace_of_end(double t, const handoff::FaxRecord& record) {
  TraceJson json = line(t, "end");
  json["outcome"] = record.outcome;
  json["sentence"] = record.sentence;
  json["complete"] = record.complete;
  json["pages"] = record.pages.size();
  return json;
}

}  // namespace faxrx
