// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/station.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace torture {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

// Processes end while /proc is being read, and reading what is just gone throws.
std::vector<pid_t> all_named(pid_t ancestor, const std::string& name) {
  for (int tries = 0; tries < 100 && ancestor > 0; ++tries) {
    try {
      return scenario::descendants_named(ancestor, name);
    } catch (const std::ios_base::failure&) {
      continue;
    }
  }
  return {};
}

// There is one, or there is none just now, or the name is of another that is just ending.
pid_t only(const std::vector<pid_t>& found) {
  return found.size() == 1 ? found.front() : -1;
}

}  // namespace

fs::path build_folder() {
  const char* other = std::getenv("TORTURE_BUILD");  // programs of another build
  return other != nullptr ? other : BUILD_FOLDER;
}

Station::Station(StationSettings settings) : settings_(std::move(settings)) {
  std::ofstream(settings_.folder / "dahdi-faxrx.conf")
      << (settings_.user.empty() ? "" : fmt::format("user = \"{}\"\n", settings_.user))
      << "least_free_mb = 1\n";
  start();
  if (!scenario::eventually([this] { return came_up() || !faxrx_.runs(); }) || !faxrx_.runs())
    throw std::runtime_error("dahdi-faxrx does not come up:\n" + log());
}

void Station::start() {
  fs::remove(settings_.folder / "faxrx.log.before");
  if (starts_ > 0) fs::rename(settings_.folder / "faxrx.log", settings_.folder / "faxrx.log.before");
  std::vector<std::string> command = {"/usr/bin/env"};
  command.insert(command.end(), settings_.environment.begin(), settings_.environment.end());
  for (const std::string& word :
       {(build_folder() / "src/faxrx/dahdi-faxrx").string(), std::string("-C"),
        (settings_.folder / "dahdi-faxrx.conf").string(), std::string("-c"),
        fmt::format("exchange:{}/1-{}", lines().string(), settings_.lines), std::string("--spool"),
        settings_.spool.string(), std::string("--handoff"), (settings_.folder / "nobody.sock").string()})
    command.push_back(word);
  faxrx_ = scenario::Process(command, settings_.folder / "faxrx");
  supervisor_ = faxrx_.pid();
  ++starts_;
}

bool Station::came_up() {
  return log().find("dahdi-faxrx ready:") != std::string::npos;
}

void Station::keep_up() {
  if (faxrx_.runs()) return;
  supervisor_ = -1;
  start();
}

// SIGTERM ends it at the end of its calls, of which there are none any more.
void Station::stop() {
  faxrx_.signal(SIGTERM);
  if (faxrx_.wait(60s) != 0) throw std::runtime_error("dahdi-faxrx does not stop as it should:\n" + log());
}

void Station::finish() {
  settings_.environment.clear();
  if (!scenario::eventually(
          [this] {
            keep_up();
            return came_up();
          },
          60s))
    throw std::runtime_error("dahdi-faxrx does not come up again:\n" + log());
  stop();
  start();
  if (!scenario::eventually([this] { return came_up(); }))
    throw std::runtime_error("dahdi-faxrx does not come up a last time:\n" + log());
  stop();
}

Pair Station::pair_of(unsigned line) const {
  return {only(all_named(supervisor_, fmt::format("faxrx line {}", line))),
          only(all_named(supervisor_, fmt::format("faxrx page {}", line)))};
}

pid_t Station::spool_process() const {
  return only(all_named(supervisor_, "faxrx spool"));
}

void Station::kill_all() const {
  const pid_t supervisor = supervisor_;
  if (supervisor <= 0) return;
  ::kill(supervisor, SIGSTOP);  // so that it starts none again
  for (unsigned line = 1; line <= settings_.lines; ++line)
    for (const char* half : {"line", "page"})
      for (const pid_t pid : all_named(supervisor, fmt::format("faxrx {} {}", half, line)))
        ::kill(pid, SIGKILL);
  for (const pid_t pid : all_named(supervisor, "faxrx spool"))
    ::kill(pid, SIGKILL);
  ::kill(supervisor, SIGKILL);
}

std::string Station::log() const {
  return scenario::text_of(settings_.folder / "faxrx.log");
}

}  // namespace torture
