// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/scenario/office.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include "tests/scenario/mail_pages.hpp"

namespace scenario {
namespace fs = std::filesystem;
namespace {

const fs::path build = BUILD_FOLDER;
const fs::path source = SOURCE_FOLDER;

fs::path new_folder() {
  std::string name = (fs::temp_directory_path() / "office.XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  return name;
}

void write_file(const fs::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

bool socket_is_there(const fs::path& file) {
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

fs::path one_page() {
  return build / "tests/pages/one.tif";
}
fs::path ten_pages() {
  return build / "tests/pages/ten.tif";
}
fs::path mixed_pages() {
  return build / "tests/pages/mixed.tif";
}
fs::path sample() {
  return build / "tests/pages/sample.tif";
}
std::string program(const std::string& name) {
  return (build / "src" / name.substr(6) / name).string();
}

Office::Office(Settings settings) : settings_(std::move(settings)), folder_(new_folder()) {
  for (const char* name : {"inbox", "lines", "mail"})
    fs::create_directory(folder_ / name);
  if (settings_.smtp_runs) start_smtp();
  start_faxmail();
  start_faxrx();
}

Office::~Office() {
  for (const Process* process : {&faxrx, &faxmail, &smtp})
    process->signal(SIGTERM);
  faxrx.wait(std::chrono::seconds(5));
  faxmail.wait(std::chrono::seconds(5));
  if (std::getenv("KEEP_OFFICE") == nullptr) fs::remove_all(folder_);
}

void Office::start_smtp() {
  fs::remove(folder_ / "smtp.out");
  Words command = {source / "tests/tools/smtp-server", "--dir", folder_ / "inbox", "--port",
                   std::to_string(smtp_port_)};
  command.insert(command.end(), settings_.smtp.begin(), settings_.smtp.end());
  smtp = Process(command, folder_ / "smtp");
  const std::string told = "listening on ";
  REQUIRE(eventually([&] { return smtp.output().find(told) == 0; }));
  smtp_port_ = static_cast<unsigned>(std::stoul(smtp.output().substr(told.size())));
}

void Office::stop_smtp() {
  smtp.signal(SIGTERM);
  smtp.wait();
}

void Office::restart_smtp(const Words& options) {
  stop_smtp();
  settings_.smtp = options;
  start_smtp();
}

void Office::start_faxmail() {
  // A port where nobody listens, when the story begins without a mail server; start_smtp() then takes it.
  if (smtp_port_ == 0) {
    start_smtp();
    stop_smtp();
  }
  // So that a story counts the faxes' mails alone, unless it is about the operator's.
  const bool reported = settings_.mail.find("report_calls") != std::string::npos;
  write_file(
      folder_ / "dahdi-faxmail.conf",
      fmt::format(
          "spool = \"{0}/mail\"\nsocket = \"{0}/handoff.sock\"\n{1}\n[mail]\nfrom = \"fax@example.org\"\n"
          "operator = \"operator@example.org\"\n{6}{2}\n[smtp]\nserver = \"127.0.0.1\"\nport = {3}\n"
          "first_retry_s = 1\nlongest_retry_s = 2\n{4}\n{5}",
          folder_.string(), settings_.faxmail_top, settings_.mail, smtp_port_, settings_.smtp_lines,
          settings_.routes, reported ? "" : "report_calls = \"none\"\n"));
  fs::remove(folder_ / "handoff.sock");
  faxmail = Process({program("dahdi-faxmail"), "-C", folder_ / "dahdi-faxmail.conf"}, folder_ / "faxmail");
  REQUIRE_MESSAGE(eventually([&] { return socket_is_there(folder_ / "handoff.sock") || !faxmail.runs(); }),
                  faxmail.log());
}

void Office::configure_faxrx(const std::string& text) {
  std::string whole = text;
  const std::string word = "LINES";
  for (std::size_t at = whole.find(word); at != std::string::npos; at = whole.find(word))
    whole.replace(at, word.size(), lines().string());
  write_file(folder_ / "dahdi-faxrx.conf", whole);
}

void Office::start_faxrx() {
  configure_faxrx(settings_.faxrx);
  Words command = {program("dahdi-faxrx"),
                   "-v",
                   "-C",
                   folder_ / "dahdi-faxrx.conf",
                   "--spool",
                   fax_spool(),
                   "--handoff",
                   folder_ / "handoff.sock",
                   "--control",
                   control()};
  if (!settings_.lines.empty())
    command.insert(command.end(), {"-c", fmt::format("exchange:{}/{}", lines().string(), settings_.lines)});
  faxrx = Process(command, folder_ / "faxrx");
  const unsigned starts = ++faxrx_starts_;
  REQUIRE_MESSAGE(
      eventually([&] { return times(faxrx.log(), "dahdi-faxrx ready:") == starts || !faxrx.runs(); }),
      faxrx.log());
}

Call Office::dial(const Words& options) {
  Words command = {program("dahdi-faxcall"), "--json", "--line", lines()};
  const auto given = [&options](const char* name) {
    return std::find(options.begin(), options.end(), name) != options.end();
  };
  if (!given("--to")) command.insert(command.end(), {"--to", "030987654"});
  if (!given("--from")) command.insert(command.end(), {"--from", "0301234"});
  if (!given("--station-id")) command.insert(command.end(), {"--station-id", "+49 30 1234"});
  command.insert(command.end(), options.begin(), options.end());
  return {Process(command, folder_ / fmt::format("call{}", ++calls_))};
}

CallReport Call::wait() {
  const int code = process_.wait();
  INFO(process_.log());
  REQUIRE(code >= 0);
  return {code, nlohmann::json::parse(process_.output(), nullptr, false)};
}

CallReport Office::call(const Words& options) {
  return dial(options).wait();
}

unsigned Office::mails() const {
  unsigned count = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_ / "inbox"))
    count += entry.path().extension() == ".eml" ? 1 : 0;
  return count;
}

Mail Office::mail(unsigned n) {
  const fs::path file = folder_ / "inbox" / fmt::format("{:04}.eml", n);
  REQUIRE_MESSAGE(eventually([&] { return fs::exists(file); }), logs());
  fs::path envelope = file;
  return {file, nlohmann::json::parse(text_of(envelope.replace_extension(".json"))), text_of(file)};
}

bool Office::has_pages(const Mail& mail, const fs::path& tiff, const Words& options) {
  return mail_has_pages(mail.file, tiff, options);
}

std::string Office::logs() const {
  std::string all;
  for (const char* name : {"smtp.log", "faxmail.log", "faxrx.log"})
    all += fmt::format("--- {}\n{}", name, text_of(folder_ / name));
  return all;
}

bool Office::log_says(const std::string& words) {
  return eventually([&] { return (faxrx.log() + faxmail.log()).find(words) != std::string::npos; });
}

pid_t Office::process_named(const std::string& name) {
  std::vector<pid_t> found;
  REQUIRE(eventually([&] { return (found = descendants_named(faxrx.pid(), name)).size() == 1; }));
  return found.front();
}

void check_confirmed(const CallReport& call, const Expected& expected) {
  INFO(call.json.dump(1));
  CHECK(call.exit_code == 0);
  CHECK(call.json["modem"] == expected.modem);
  CHECK(call.json["rate_bps"] == expected.rate_bps);
  CHECK(call.json["ecm"] == expected.ecm);
  CHECK(call.json["pages_confirmed"] == expected.pages);
}

}  // namespace scenario
