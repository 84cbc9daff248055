// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/bench/faxrx_program.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/base/errors.hpp"

namespace bench {
namespace fs = std::filesystem;
namespace {

constexpr auto start_limit = std::chrono::minutes(2);  // hundreds of lines on a slow machine

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/task/{}/children", pid, pid));
  std::vector<pid_t> pids;
  for (pid_t child = 0; file >> child;)
    pids.push_back(child);
  return pids;
}

}  // namespace

FaxrxProgram::FaxrxProgram(const fs::path& folder, unsigned lines)
    : FaxrxProgram(folder, std::vector{fmt::format("exchange:{}/lines/1-{}", folder.string(), lines)}) {}

FaxrxProgram::FaxrxProgram(const fs::path& folder, const std::vector<std::string>& lines) : folder_(folder) {
  fs::create_directory(folder_);
  std::ofstream(folder_ / "faxrx.conf") << "";
  std::vector<std::string> command = {FAXRX_PROGRAM,     "-C",        folder_ / "faxrx.conf", "--spool",
                                      folder_ / "spool", "--handoff", folder_ / "nobody.sock"};
  for (const std::string& some : lines)
    command.insert(command.end(), {"-c", some});
  program_ = scenario::Process(command, folder_ / "faxrx");
  const bool settled = scenario::eventually(
      [this] { return program_.log().find("dahdi-faxrx ready:") != std::string::npos || !program_.runs(); },
      start_limit);
  if (!settled || !program_.runs()) throw base::Failure("dahdi-faxrx does not start: {}", program_.log());
}

FaxrxProgram::~FaxrxProgram() {
  program_.signal(SIGTERM);
  program_.wait(start_limit);
}

std::vector<pid_t> FaxrxProgram::all_processes() const {
  std::vector<pid_t> pids = children_of(program_.pid());
  pids.push_back(program_.pid());
  return pids;
}

pid_t FaxrxProgram::process(const std::string& name) const {
  for (const pid_t pid : children_of(program_.pid()))
    if (scenario::text_of(fmt::format("/proc/{}/comm", pid)) == name + "\n") return pid;
  throw base::Failure("dahdi-faxrx has no process \"{}\"", name);
}

unsigned FaxrxProgram::whole_faxes(unsigned pages) const {
  unsigned whole = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "spool" / "ready")) {
    if (entry.path().extension() != ".json") continue;
    const auto record = nlohmann::json::parse(scenario::text_of(entry.path()), nullptr, false);
    whole += record.value("complete", false) && record["pages"].size() == pages ? 1 : 0;
  }
  return whole;
}

unsigned FaxrxProgram::await_whole_faxes(unsigned faxes, unsigned pages) const {
  scenario::eventually([&] { return whole_faxes(pages) >= faxes; }, std::chrono::minutes(1));
  return whole_faxes(pages);
}

}  // namespace bench
