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
      "at_once = {}\n{}{}",
      settings_.spool.string(), socket().string(), settings_.smtp_port, settings_.at_once, settings_.routes,
      settings_.more);
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

namespace {

template <typename Wanted>
std::vector<fs::path> mails_in(const fs::path& spool, const Wanted& wanted) {
  std::vector<fs::path> folders;
  std::error_code gone;
  for (fs::directory_iterator it(spool / "queue", gone), end; !gone && it != end; it.increment(gone)) {
    const std::string id = it->path().filename().string().substr(0, base::CallId::text_length);
    if (base::CallId::parse(id) && wanted(id)) folders.push_back(it->path());
  }
  return folders;
}

}  // namespace

fs::path queued_mail(const fs::path& spool, const std::string& id) {
  const auto folders = mails_in(spool, [&id](const std::string& one) { return one == id; });
  return folders.empty() ? fs::path() : folders.front();
}

std::size_t MailStation::queued() const {
  return mails_in(settings_.spool, [](const std::string&) { return true; }).size();
}

}  // namespace torture
