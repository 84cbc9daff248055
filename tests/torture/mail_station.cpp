// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/torture/mail_station.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

#include "src/base/call_id.hpp"
#include "tests/torture/station.hpp"

namespace torture {
namespace fs = std::filesystem;

MailStation::MailStation(MailStationSettings settings) : settings_(std::move(settings)) {
  std::ofstream(settings_.folder / "dahdi-faxmail.conf") << fmt::format(
      "spool = \"{}\"\nsocket = \"{}\"\n[mail]\noperator = \"operator@example.org\"\nfrom = "
      "\"fax@example.org\"\n"
      "[smtp]\nserver = \"127.0.0.1\"\nport = {}\ntls = \"off\"\nfirst_retry_s = 1\nlongest_retry_s = 2\n"
      "at_once = {}\n[[route]]\nmatch = \"_X.\"\nto = [\"reader@example.org\"]\nattach_tiff = true\n",
      settings_.spool.string(), socket().string(), settings_.smtp_port, settings_.at_once);
}

void MailStation::begin() {
  std::error_code none;
  fs::remove(socket(), none);
  std::vector<std::string> command = settings_.before;
  command.emplace_back("/usr/bin/env");
  for (const std::string& word : settings_.environment)
    command.push_back(word);
  command.push_back((build_folder() / "src/faxmail/dahdi-faxmail").string());
  command.emplace_back("-C");
  command.push_back((settings_.folder / "dahdi-faxmail.conf").string());
  process = scenario::Process(command, settings_.folder / "faxmail");
  ++starts_;
}

bool MailStation::is_up() const {
  struct stat status {};
  return ::stat(socket().c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

void MailStation::start() {
  begin();
  if (!scenario::eventually([this] { return is_up() || !process.runs(); }) || !is_up())
    throw std::runtime_error("dahdi-faxmail does not come up:\n" + process.log());
}

std::vector<std::string> MailStation::queued() const {
  std::vector<std::string> names;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(settings_.spool / "queue", none)) {
    const std::string name = entry.path().filename().string();
    if (base::CallId::parse(name)) names.push_back(name);
  }
  return names;
}

}  // namespace torture
