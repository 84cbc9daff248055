// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/handoff/report.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "src/base/errors.hpp"

using handoff::CallReport;
using handoff::DiskReport;
using handoff::report_from_json;

namespace {

CallReport some_call() {
  CallReport report;
  report.call.id = base::CallId::random();
  report.call.called = "4711";
  report.call.caller_name = "Müller \"&\" Söhne";
  report.call.outcome = "failed";
  report.call.sentence = "the two machines lost each other";
  return report;
}

std::string json_of_disk() {
  return to_json(DiskReport{"/var/spool/x", true, 12, 100, false});
}

}  // namespace

TEST_CASE("reports come back as they were told") {
  const CallReport call = some_call();
  const auto back = std::get<CallReport>(report_from_json(to_json(call)));
  CHECK(back.call.id == call.call.id);
  CHECK(back.call.caller_name == call.call.caller_name);
  CHECK(back.call.outcome == "failed");
  const auto disk = std::get<DiskReport>(report_from_json(json_of_disk()));
  CHECK(disk.folder == "/var/spool/x");
  CHECK(disk.full);
  CHECK(disk.free_mb == 12);
  CHECK(disk.least_free_mb == 100);
  CHECK_FALSE(disk.calls_answered);
}

TEST_CASE("what is no report is refused with a sentence") {
  CallReport with_page = some_call();
  with_page.call.pages.resize(1);
  const auto changed = [](std::string json, const std::string& from, const std::string& to) {
    return json.replace(json.find(from), from.size(), to);
  };
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", "is not JSON"},
      {"[]", "is not JSON"},
      {"{}", "lacks a field"},
      {std::string(300 * 1024, ' '), "too long"},
      {changed(json_of_disk(), "\"version\": 1", "\"version\": 2"), "version unknown"},
      {changed(json_of_disk(), "\"disk\"", "\"moon\\n\""), "no reports of kind \"moon?\""},
      {changed(json_of_disk(), "\"report\": \"disk\"", "\"report\": 7"), "a wrong kind"},
      {changed(json_of_disk(), "12", "-12"), "no good \"free_mb\""},
      {changed(json_of_disk(), "12", "1.5"), "no good \"free_mb\""},
      {changed(json_of_disk(), "12", "99999999999"), "no good \"free_mb\""},
      {changed(json_of_disk(), "true", "\"yes\""), "a wrong kind"},
      {changed(to_json(some_call()), "\"call\": {", "\"call\": {\"version\": 9}, \"x\": {"),
       "version unknown"},
      {to_json(with_page), "is offered, not reported"}};
  for (const auto& [json, words] : table) {
    INFO(json.substr(0, 200));
    try {
      static_cast<void>(report_from_json(json));
      FAIL("taken");
    } catch (const base::Failure& error) {
      CHECK_MESSAGE(std::string(error.what()).find(words) != std::string::npos, error.what());
    }
  }
}
