// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/handoff/report.hpp"

#include <nlohmann/json.hpp>

#include "src/base/errors.hpp"
#include "src/base/remote_text.hpp"

namespace handoff {
namespace {

using Json = nlohmann::ordered_json;

constexpr unsigned version = 1;
constexpr std::size_t longest_path = 256;

unsigned megabytes(const Json& json, const char* name) {
  const Json& value = json.at(name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX)
    throw base::Failure("the report has no good \"{}\"", name);
  return value.get<unsigned>();
}

DiskReport disk_from(const Json& json) {
  return {base::printable(json.at("folder").get<std::string>(), longest_path), json.at("full").get<bool>(),
          megabytes(json, "free_mb"), megabytes(json, "least_free_mb"),
          json.at("calls_answered").get<bool>()};
}

CallReport call_from(const Json& json) {
  CallReport report{from_json(json.at("call").dump())};
  if (!report.call.pages.empty()) throw base::Failure("a call with pages is offered, not reported");
  return report;
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"version", version}};
  if (const auto* call = std::get_if<CallReport>(&report)) {
    json["report"] = "call";
    json["call"] = Json::parse(to_json(call->call));
  } else {
    const auto& disk = std::get<DiskReport>(report);
    json["report"] = "disk";
    json["folder"] = disk.folder;
    json["full"] = disk.full;
    json["free_mb"] = disk.free_mb;
    json["least_free_mb"] = disk.least_free_mb;
    json["calls_answered"] = disk.calls_answered;
  }
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Report report_from_json(std::string_view text) {
  if (text.size() > largest_record_json) throw base::Failure("the report is too long");
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) throw base::Failure("the report is not JSON");
  try {
    if (json.at("version") != version) throw base::Failure("the report is of a version unknown here");
    const auto kind = json.at("report").get<std::string>();
    if (kind == "call") return call_from(json);
    if (kind == "disk") return disk_from(json);
    throw base::Failure("there are no reports of kind \"{}\"", base::printable(kind));
  } catch (const nlohmann::json::exception&) {
    throw base::Failure("the report lacks a field, or has one of a wrong kind");
  }
}

}  // namespace handoff
