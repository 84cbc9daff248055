// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/handoff/fax_record.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"

namespace handoff {
namespace {

using Json = nlohmann::ordered_json;

Json page_to_json(const PageRecord& page) {
  return {{"number", page.number},
          {"width_pels", page.width_pels},
          {"rows", page.rows},
          {"x_dpi", page.x_dpi},
          {"y_dpi", page.y_dpi},
          {"bad_rows", page.bad_rows},
          {"longest_bad_run", page.longest_bad_run},
          {"complete", page.complete},
          {"verdict", page.verdict},
          {"damaged", page.damaged}};
}

// nlohmann's get() turns true into 1 and 1.5 into 1; a record of ours has neither.
template <typename T>
bool is_a(const Json& value) {
  if constexpr (std::is_same_v<T, std::int64_t>)
    return value.is_number_integer() &&
           (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX);
  else if constexpr (std::is_same_v<T, double>)
    return value.is_number();
  else
    return true;
}

// Reads one field with its kind checked; what it throws names the field.
template <typename T>
T field(const Json& object, const char* name) {
  try {
    const Json& value = object.at(name);
    if (is_a<T>(value)) return value.get<T>();
  } catch (const nlohmann::json::exception&) {
    // Said below.
  }
  throw base::Failure("the fax's record has no good \"{}\"", name);
}

unsigned number(const Json& object, const char* name, unsigned limit) {
  const auto value = field<std::int64_t>(object, name);
  if (value < 0 || value > static_cast<std::int64_t>(limit))
    throw base::Failure("the fax's record has {} as \"{}\", which cannot be", value, name);
  return static_cast<unsigned>(value);
}

double real(const Json& object, const char* name, double limit) {
  const auto value = field<double>(object, name);
  if (!(value >= 0 && value <= limit)) throw base::Failure("the fax's record has {} as \"{}\"", value, name);
  return value;
}

std::string text(const Json& object, const char* name) {
  return base::printable(field<std::string>(object, name), 256);
}

PageRecord page_from_json(const Json& json) {
  PageRecord page;
  page.number = number(json, "number", most_pages);
  page.width_pels = number(json, "width_pels", 20000);
  page.rows = number(json, "rows", 1000000);
  page.x_dpi = real(json, "x_dpi", 2400);
  page.y_dpi = real(json, "y_dpi", 2400);
  page.bad_rows = number(json, "bad_rows", 1000000);
  page.longest_bad_run = number(json, "longest_bad_run", 1000000);
  page.complete = field<bool>(json, "complete");
  page.verdict = text(json, "verdict");
  page.damaged =
      json.contains("damaged") && field<bool>(json, "damaged");  // not in records before it was there
  return page;
}

Json line_faults_to_json(const LineFaults& faults) {
  return {{"read_overruns", faults.read_overruns},
          {"write_underruns", faults.write_underruns},
          {"timing_slips", faults.timing_slips},
          {"irq_misses", faults.irq_misses}};
}

// What the first records did not have: of one that waits in a spool over an upgrade.
void read_what_came_later(const Json& json, FaxRecord& record) {
  constexpr unsigned most = 4'000'000'000;
  if (json.contains("number_withheld")) record.number_withheld = text(json, "number_withheld");
  if (json.contains("number_screening")) record.number_screening = text(json, "number_screening");
  if (json.contains("redirecting_number")) record.redirecting_number = text(json, "redirecting_number");
  if (json.contains("redirecting_reason")) record.redirecting_reason = text(json, "redirecting_reason");
  if (json.contains("caller_told_at")) record.caller_told_at = text(json, "caller_told_at");
  if (json.contains("rings")) record.rings = number(json, "rings", most);
  if (json.contains("ring_ms")) record.ring_ms = number(json, "ring_ms", most);
  if (!json.contains("line_faults")) return;
  const Json faults = field<Json>(json, "line_faults");
  record.line_faults = {number(faults, "read_overruns", most), number(faults, "write_underruns", most),
                        number(faults, "timing_slips", most), number(faults, "irq_misses", most)};
}

}  // namespace

std::string to_json(const FaxRecord& record) {
  Json json = {{"version", 1},
               {"id", record.id.text()},
               {"line", record.line},
               {"channel", record.channel},
               {"called", record.called},
               {"caller_number", record.caller_number},
               {"caller_name", record.caller_name},
               {"number_withheld", record.number_withheld},
               {"number_screening", record.number_screening},
               {"redirecting_number", record.redirecting_number},
               {"redirecting_reason", record.redirecting_reason},
               {"caller_told_at", record.caller_told_at},
               {"rings", record.rings},
               {"ring_ms", record.ring_ms},
               {"station_id", record.station_id},
               {"sub_address", record.sub_address},
               {"started_unix_s", record.started_unix_s},
               {"duration_s", record.duration_s},
               {"modem", record.modem},
               {"rate_bps", record.rate_bps},
               {"ecm", record.ecm},
               {"coding", record.coding},
               {"outcome", record.outcome},
               {"sentence", record.sentence},
               {"line_faults", line_faults_to_json(record.line_faults)},
               {"complete", record.complete}};
  std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace);
  text.resize(text.size() - 2);  // "\n}"
  text += ",\n \"pages\": [";
  for (const PageRecord& page : record.pages)  // a line each: a thousand must fit into one packet of a socket
    text += fmt::format("{}\n  {}", &page == record.pages.data() ? "" : ",",
                        page_to_json(page).dump(-1, ' ', false, Json::error_handler_t::replace));
  return text + "\n ]\n}\n";
}

FaxRecord from_json(std::string_view source) {
  if (source.size() > largest_record_json) throw base::Failure("the fax's record is too long");
  const Json json = Json::parse(source, nullptr, false);
  if (!json.is_object()) throw base::Failure("the fax's record is not JSON");
  if (number(json, "version", 1000) != 1)
    throw base::Failure("the fax's record is of a version unknown here");
  FaxRecord record;
  const auto id = base::CallId::parse(field<std::string>(json, "id"));
  if (!id) throw base::Failure("the fax's record has no good \"id\"");
  record.id = *id;
  record.line = text(json, "line");
  record.channel = number(json, "channel", 100000);
  record.called = text(json, "called");
  record.caller_number = text(json, "caller_number");
  record.caller_name = text(json, "caller_name");
  read_what_came_later(json, record);
  record.station_id = text(json, "station_id");
  record.sub_address = text(json, "sub_address");
  record.started_unix_s = field<std::int64_t>(json, "started_unix_s");
  record.duration_s = real(json, "duration_s", 1e7);
  record.modem = text(json, "modem");
  record.rate_bps = number(json, "rate_bps", 100000);
  record.ecm = field<bool>(json, "ecm");
  record.coding = text(json, "coding");
  record.outcome = text(json, "outcome");
  record.sentence = text(json, "sentence");
  record.complete = field<bool>(json, "complete");
  const Json pages = field<Json>(json, "pages");
  if (!pages.is_array() || pages.size() > most_pages)
    throw base::Failure("the fax's record has no good \"pages\"");
  for (const Json& page : pages)
    record.pages.push_back(page_from_json(page));
  return record;
}

}  // namespace handoff
