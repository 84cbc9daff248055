// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/vm/our_side.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/matrix/test_fax.hpp"

namespace vm {
namespace fs = std::filesystem;
namespace {

const fs::path build = BUILD_FOLDER;

std::optional<Fax> find_fax(const fs::path& ready, unsigned channel) {
  if (!fs::exists(ready)) return std::nullopt;
  for (const fs::directory_entry& entry : fs::directory_iterator(ready)) {
    fs::path file = entry.path();
    if (file.extension() != ".json") continue;
    const auto record = nlohmann::json::parse(scenario::text_of(file), nullptr, false);
    if (record.is_discarded() || record["channel"] != channel) continue;
    return Fax{record, file.replace_extension(".tif")};
  }
  return std::nullopt;
}

bool has_option(const Words& options, const char* name) {
  return std::find(options.begin(), options.end(), name) != options.end();
}

}  // namespace

// In the guest's own memory: a calling machine opens the file in the middle of the call, and to wait for the host then
// would make the guest's time jump (tests/vm/run).
fs::path pages(const std::string& name) {
  const std::string file = name + ".tif";
  fs::path copy = fs::path("/dev/shm") / file;
  fs::copy_file(build / "tests/pages" / file, copy, fs::copy_options::skip_existing);
  return copy;
}
std::string program(const std::string& name) {
  return (build / "src" / name.substr(6) / name).string();
}

FaxService::FaxService(fs::path folder, const std::string& channels, const std::string& configuration,
                       Words command)
    : folder_(std::move(folder)) {
  std::ofstream(folder_ / "dahdi-faxrx.conf") << configuration;
  command.insert(command.end(),
                 {"-v", "-C", folder_ / "dahdi-faxrx.conf", "-c", channels, "--spool", spool(), "--handoff",
                  folder_ / "handoff.sock", "--control", folder_ / "control.sock"});
  program_ = scenario::Process(command, folder_ / "faxrx");
  REQUIRE_MESSAGE(log_says("dahdi-faxrx ready:"), log());
  std::this_thread::sleep_for(deaf_to_rings);
}

FaxService::~FaxService() {
  program_.signal(SIGTERM);
  program_.wait(std::chrono::seconds(10));
}

bool FaxService::log_says(const std::string& words) {
  return scenario::eventually([&] { return log().find(words) != std::string::npos; });
}

Fax FaxService::fax_on(unsigned channel) {
  std::optional<Fax> fax;
  scenario::eventually([&] { return (fax = find_fax(spool() / "ready", channel)).has_value(); });
  REQUIRE_MESSAGE(fax.has_value(), log());
  return *fax;
}

FaxMachine::FaxMachine(const CentralOffice& office, const Words& options) {
  Words command = {program("dahdi-faxcall"), "--json", "--real-time", "--line", office.lines()};
  if (!has_option(options, "--to")) command.insert(command.end(), {"--to", "030987654"});
  if (!has_option(options, "--from")) command.insert(command.end(), {"--from", "0301234"});
  if (!has_option(options, "--name")) command.insert(command.end(), {"--name", "Dr. Mueller"});
  command.insert(command.end(), options.begin(), options.end());
  static unsigned calls = 0;
  process_ = scenario::Process(command, office.folder() / fmt::format("call{}", ++calls));
  // The next one finds this one's line taken.
  REQUIRE(
      scenario::eventually([&] { return log().find("ringing") != std::string::npos || !process_.runs(); }));
}

nlohmann::json FaxMachine::wait(std::chrono::seconds limit) {
  const int code = process_.wait(limit);
  REQUIRE_MESSAGE(code >= 0, log());
  nlohmann::json report = nlohmann::json::parse(process_.output(), nullptr, false);
  report["exit_code"] = code;
  return report;
}

bool same_pages(const fs::path& one, const fs::path& other) {
  const auto pages = matrix::read_fax(one);
  return !pages.empty() && pages == matrix::read_fax(other);
}

void check_no_sample_lost(const Fax& fax) {
  for (const auto& fault : fax.record["line_faults"].items()) {
    CAPTURE(fault.key());
    CHECK(fault.value() == 0);
  }
}

}  // namespace vm
